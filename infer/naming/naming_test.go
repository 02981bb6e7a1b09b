package naming

import (
	"slices"
	"strings"
	"testing"
)

// operation returns an operation for a method and path such as "GET /users/{id}".
func operation(text string, response Response) Operation {
	method, path, _ := strings.Cut(text, " ")
	o := Operation{Method: method, Segments: reduce(segments(path), 0), Response: response}
	o.IsAlone = method == "POST" && !strings.HasSuffix(path, "s") && !strings.HasSuffix(path, "}")
	return o
}

func segments(path string) (out []Segment) {
	for s := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if name, ok := strings.CutPrefix(s, "{"); ok {
			out = append(out, Segment{Params: []string{strings.TrimSuffix(name, "}")}})
		} else {
			out = append(out, Segment{Literal: s})
		}
	}
	return out
}

func checkNames(t *testing.T, o Operation, id, summary string) {
	t.Helper()
	if got := o.idAt(0); got != id {
		t.Errorf("operationId is %s, want %s", got, id)
	}
	if got := o.Summary(nil); got != summary {
		t.Errorf("summary is %q, want %q", got, summary)
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		op          string
		response    Response
		id, summary string
	}{
		{"GET /users", ResponseList, "listUsers", "List the users"},
		{"POST /users", ResponseUnknown, "createUser", "Create a user"},
		{"POST /buildQueue", ResponseObject, "addToBuildQueue", "Add to the build queue"},
		{"GET /group/{id}/member", ResponseList, "listGroupMembers", "List the members of a group"},
		{"GET /users/{id}", ResponseUnknown, "getUser", "Get a user"},
		{"PUT /users/{id}", ResponseUnknown, "replaceUser", "Replace a user"},
		{"PATCH /v1/users/{id}", ResponseUnknown, "updateUser", "Update a user"},
		{"DELETE /api/v1/users/{id}", ResponseUnknown, "deleteUser", "Delete a user"},
		{"GET /users/{id}/orders", ResponseList, "listUserOrders", "List the orders of a user"},
		{"GET /repos/{owner}/{repo}/issues/{number}", ResponseUnknown, "getRepoIssue", "Get an issue of a repo"},
		{"POST /orders/{id}/cancel", ResponseUnknown, "cancelOrder", "Cancel an order"},
		{"GET /account/login-history", ResponseList, "listAccountLoginHistory", "List the account login history"},
		{"POST /cart/items", ResponseUnknown, "createCartItem", "Create a cart item"},
		{"GET /cart", ResponseUnknown, "getCart", "Get the cart"},
		{"GET /admin/coupons/{id}", ResponseObject, "getAdminCoupon", "Get a coupon as an admin"},
		{"GET /admin/users", ResponseList, "listAdminUsers", "List the users as an admin"},
		{"POST /admin/users/{id}/suspend", ResponseObject, "suspendAdminUser", "Suspend a user as an admin"},
		{"GET /admin/settings", ResponseObject, "getAdminSettings", "Get the admin settings"},
		{"GET /monitor/can_delete", ResponseObject, "getMonitorCanDelete", "Check whether a monitor can be deleted"},
		{"GET /orders/{id}/can-cancel", ResponseObject, "getOrderCanCancel", "Check whether an order can be canceled"},
		{"GET /gcp-integration", ResponseList, "listGcpIntegrations", "List the GCP integrations"},
		{"GET /", ResponseUnknown, "getRoot", "Get the root"},
		{"GET /datasources/uid/{uid}", ResponseObject, "getDatasourceByUid", "Get a datasource by UID"},
		{"GET /dashboards/uid/{uid}/versions", ResponseList, "listDashboardVersionsByUid", "List the versions of a dashboard by UID"},
		{"GET /teams/{id}/channels/name/{name}", ResponseObject, "getTeamChannelByName", "Get a channel of a team by name"},
		{"GET /teams/name/{name}/exists", ResponseObject, "getTeamExistsByName", "Check whether a team exists"},
		{"PUT /tickets/update_many", ResponseUnknown, "updateManyTickets", "Update many tickets"},
		{"GET /tickets/show_many", ResponsePage, "listManyTickets", "List many tickets"},
		{"GET /channels/{id}/posts/unread", ResponseList, "listChannelUnreadPosts", "List the unread posts in a channel"},
		{"GET /ips/remaining", ResponseList, "listRemainingIps", "List the remaining IPs"},
		{"POST /channels/direct", ResponseUnknown, "createDirectChannel", "Create a direct channel"},
		{"PUT /agents/{id}/enabled", ResponseUnknown, "setAgentEnabledState", "Set the enabled state of an agent"},
		{"GET /sites/{id}/config/web", ResponseObject, "getSiteWebConfig", "Get the web config of a site"},
		{"POST /item/fire_webhook", ResponseUnknown, "fireItemWebhook", "Fire the item webhook"},
		{"POST /items/{id}/fire-webhook", ResponseUnknown, "fireItemWebhook", "Fire the webhook of an item"},
		{"POST /saml/providers", ResponseUnknown, "createSamlProvider", "Create a SAML provider"},
		{"POST /aws/accounts", ResponseUnknown, "createAwsAccount", "Create an AWS account"},
		{"GET /categories/{slug}", ResponseUnknown, "getCategory", "Get a category"},
		{"GET /reports/sales", ResponseList, "getSalesReport", "Get the sales report"},
		{"GET /settings/billing", ResponseUnknown, "getBillingSettings", "Get the billing settings"},
		{"POST /oauth/token", ResponseUnknown, "createOauthToken", "Create an OAuth token"},
		{"POST /uploads", ResponseUnknown, "createUpload", "Create an upload"},
		{"GET /units/{id}", ResponseUnknown, "getUnit", "Get a unit"},
		{"GET /products/featured", ResponseList, "listFeaturedProducts", "List the featured products"},
		{"GET /products/{id}/related", ResponseList, "listProductRelatedProducts", "List the related products of a product"},
		{"POST /tickets/bulk", ResponseUnknown, "createTicketsInBulk", "Create tickets in bulk"},
		{"POST /boards/{id}/cards/bulk", ResponseUnknown, "createBoardCardsInBulk", "Create cards in bulk for a board"},
		{"PATCH /boards/{id}/cards/batch", ResponseUnknown, "updateBoardCardsInBulk", "Update the cards of a board in bulk"},
		{"GET /user/starred", ResponseList, "listUserStarred", "List the user starred"},
		{"GET /me", ResponseUnknown, "getCurrentUser", "Get the current user"},
		{"PATCH /accounts/me", ResponseUnknown, "updateCurrentAccount", "Update the current account"},
		{"POST /accounts/me", ResponseUnknown, "updateCurrentAccount", "Update the current account"},
		{"GET /v1/me/playlists", ResponseList, "listCurrentUserPlaylists", "List the playlists of the current user"},
		{"DELETE /users/me/keys/{id}", ResponseUnknown, "deleteCurrentUserKey", "Delete a key of the current user"},
		{"GET /usage/api-calls", ResponseUnknown, "getApiCallUsage", "Get the API call usage"},
		{"GET /usage/summary", ResponseUnknown, "getUsageSummary", "Get the usage summary"},
		{"GET /search/flights", ResponseObject, "searchFlights", "Search flights"},
		{"GET /flight/search", ResponseObject, "searchFlights", "Search flights"},
		{"GET /releases/latest", ResponseObject, "getLatestRelease", "Get the latest release"},
		{"GET /cranes/{id}/telemetry/latest", ResponseObject, "getCraneLatestTelemetry", "Get the latest telemetry of a crane"},
		{"GET /points/{id}/forecast/hourly", ResponseObject, "getPointHourlyForecast", "Get the hourly forecast of a point"},
		{"GET /users/@me/channels", ResponseList, "listCurrentUserChannels", "List the channels of the current user"},
		{"POST /payments/bank-credit-transfers", ResponseUnknown, "createPaymentsBankCreditTransfer", "Create a bank credit transfer"},
		{"POST /sites/{id}/deploys/{deploy}/rollback", ResponseUnknown, "rollbackSiteDeploy", "Roll back a deploy of a site"},
		{"POST /servers/{id}/shutdown", ResponseUnknown, "shutdownServer", "Shut down a server"},
		{"GET /search", ResponsePage, "search", "Search"},
		{"GET /v1/search", ResponsePage, "search", "Search"},
		{"GET /v1/search", ResponseObject, "search", "Search"},
		{"POST /search", ResponsePage, "search", "Search"},
		{"GET /boards/public/{id}", ResponseObject, "getPublicBoard", "Get a public board"},
		{"POST /boards/{id}/cards", ResponseUnknown, "createBoardCard", "Create a card for a board"},
		{"POST /folders/{id}/files", ResponseUnknown, "createFolderFile", "Create a file in a folder"},
		{"POST /files/{id}/versions", ResponseUnknown, "createFileVersion", "Create a version of a file"},
		{"GET /folders/{id}/size", ResponseObject, "getFolderSize", "Get the size of a folder"},
		{"GET /ships/{id}/content/{part}", ResponseUnknown, "getShipContent", "Get the content of a ship"},
		{"GET /healthz", ResponseUnknown, "getHealthz", "Check the health of the server"},
		{"GET /vms/{id}/dns", ResponseUnknown, "getVmDns", "Get the DNS of a VM"},
		{"POST /slo", ResponseUnknown, "createSlo", "Create an SLO"},
		{"GET /postgresql/instances", ResponseList, "listPostgresqlInstances", "List the PostgreSQL instances"},
		{"GET /providers/Acme.Freight/cranes", ResponseList, "listAcmeFreightCranes", "List the cranes"},
		{"GET /clouds/{id}/providers/Acme.Freight", ResponseList, "getCloudProvidersAcmeFreight", "Get the Acme.Freight provider of a cloud"},
		{"GET /providers/Acme.Analytics/cranes", ResponseObject, "getAcmeAnalyticsCranes", "Get the cranes"},
		{"GET /usage/hourly-attribution", ResponseObject, "getUsageHourlyAttribution", "Get the hourly usage attribution"},
		{"GET /boards/lists/manual", ResponseList, "listBoardsManualLists", "List the manual board lists"},
		{"POST /logs/config/pipelines", ResponseUnknown, "createLogsConfigPipeline", "Create a log pipeline"},
		{"POST /lamps/{id}/on", ResponseUnknown, "turnOnLamp", "Turn on a lamp"},
		{"POST /rooms/{id}/lamps/{lamp}/off", ResponseUnknown, "turnOffRoomLamp", "Turn off a lamp of a room"},
		{"POST /ships/{id}/default-route", ResponseUnknown, "createShipDefaultRoute", "Create a default route for a ship"},
		{"POST /simulator/advanced", ResponseUnknown, "createAdvancedSimulator", "Create an advanced simulator"},
		{"POST /voyages/{id}/log/uncomplete", ResponseUnknown, "uncompleteVoyageLog", "Uncomplete the log of a voyage"},
		{"GET /metrics/cranes/{id}", ResponseObject, "getCraneMetrics", "Get the metrics of a crane"},
		{"DELETE /metrics/cranes/{id}", ResponseUnknown, "deleteCraneMetrics", "Delete the metrics of a crane"},
		{"POST /users/{id}/change-password", ResponseUnknown, "changeUserPassword", "Change the password of a user"},
		{"GET /harbor/pilots/_default", ResponseObject, "getHarborDefaultPilot", "Get the default harbor pilot"},
		{"GET /charts/_pilots", ResponseList, "listChartsPilots", "List the chart pilots"},
		{"POST /cranes/{id}/config", ResponseObject, "updateCraneConfig", "Update the config of a crane"},
		{"GET /cranes/{id}/raw", ResponseUnknown, "getCraneRawData", "Get the raw data of a crane"},
		{"GET /cranes/{id}/healthy", ResponseObject, "getCraneHealthyState", "Get the healthy state of a crane"},
		{"GET /users/{id}/starred", ResponseList, "listUserStarred", "List the starred of a user"},
		{"GET /sdks", ResponseList, "listSdks", "List the SDKs"},
		{"GET /https", ResponseObject, "getHttps", "Get the HTTPS"},
		{"POST /markdown/raw", ResponseUnknown, "createRawMarkdown", "Create raw markdown"},
		{"POST /tax/settings", ResponseUnknown, "updateTaxSettings", "Update the tax settings"},
		{"PUT /zones/{id}/A/{name}", ResponseUnknown, "replaceZoneA", "Replace an A in a zone"},
		{"GET /query", ResponseObject, "query", "Run a query"},
		{"GET /users/{id}/subscriptions/current", ResponseUnknown, "getUserCurrentSubscription", "Get the current subscription of a user"},
		{"GET /search/findByStatus", ResponseUnknown, "findSearchesByStatus", "Find searches by status"},
		{"HEAD /users/{id}", ResponseUnknown, "checkUser", "Check a user"},
		{"OPTIONS /rest", ResponseUnknown, "optionsRest", "Get the options of the REST"},
		{"TRACE /users", ResponseUnknown, "traceUsers", "Trace the users"},
		{"GET /orders/list", ResponseUnknown, "listOrders", "List the orders"},
		{"GET /v1/list", ResponseUnknown, "getList", "Get the list"},
		{"POST /users/{id}", ResponseUnknown, "updateUser", "Update a user"},
		{"POST /inbox", ResponseUnknown, "addToInbox", "Add to the inbox"},
		{"POST /cars/{id}/force-start", ResponseUnknown, "forceStartCar", "Force start a car"},
		{"POST /v1/cancel", ResponseUnknown, "cancel", "Cancel"},
		{"POST /orders/{id}/make_public", ResponseUnknown, "makeOrderPublic", "Make an order public"},
		{"POST /orders/v2/cancel", ResponseUnknown, "cancelOrders", "Cancel orders"},
		{"GET /metrics/apps/{id}", ResponseUnknown, "getAppMetrics", "Get the metrics of an app"},
		{"POST /reports/sales", ResponseUnknown, "createSalesReport", "Create a sales report"},
		{"GET /reports/{id}", ResponseUnknown, "getReport", "Get a report"},
		{"POST /sites/{id}/config/web", ResponseUnknown, "createSiteWebConfig", "Create the web config for a site"},
		{"GET /config/web", ResponseUnknown, "getConfigWeb", "Get the config web"},
		{"GET /content/{id}", ResponseUnknown, "getContent", "Get the content"},
		{"POST /me/cancel", ResponseUnknown, "cancelCurrentUser", "Cancel the current user"},
		{"GET /users/count", ResponseUnknown, "countUsers", "Count users"},
		{"GET /users/{id}/verify", ResponseUnknown, "verifyUser", "Verify a user"},
		{"POST /folders/{id}/copy", ResponseUnknown, "copyFolder", "Copy a folder"},
		{"POST /repos/{id}/forks", ResponseUnknown, "createRepoFork", "Create a fork of a repo"},
		{"DELETE /v1", ResponseUnknown, "deleteRoot", "Delete the root"},
	} {
		t.Run(tt.op, func(t *testing.T) { checkNames(t, operation(tt.op, tt.response), tt.id, tt.summary) })
	}
}

func TestIDs(t *testing.T) {
	var operations []Operation
	for _, text := range []string{"GET /users/{id}", "GET /users/{id}/{name}", "GET /v1/teams/{id}", "GET /v2/teams/{id}",
		"GET /a-b", "GET /a_b"} {
		operations = append(operations, operation(text, ResponseUnknown))
	}
	for _, text := range []string{"PUT /x/{id}/merge", "POST /x/{id}/merge", "POST /boats/{id}/wheels/{n}/cancel", "POST /cars/{id}/wheels/{n}/cancel"} {
		o := operation(text, ResponseUnknown)
		o.IsAlone = true
		operations = append(operations, o)
	}
	ids := IDs(operations)
	want := []string{"getUserById", "getUserByIdName", "getTeamByIdV1", "getTeamByIdV2", "getAB", "getAB2", "putMergeXById", "postMergeXById", "cancelBoatWheel", "cancelCarWheel"}
	if !slices.Equal(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(operations) {
		t.Errorf("not unique: %q", ids)
	}
	// Another order of the same operations gives the same names.
	reversed := slices.Clone(operations)
	slices.Reverse(reversed)
	other := IDs(reversed)
	slices.Reverse(other)
	if !slices.Equal(ids, other) {
		t.Errorf("the order matters: %q, %q", ids, other)
	}
}

// TestArticle says words as they sound.
func TestArticle(t *testing.T) {
	for text, want := range map[string]string{
		"user": "a user", "upload": "an upload", "unit": "a unit", "umbrella": "an umbrella", "us": "an us", "SLO": "an SLO", "SKU": "a SKU", "AWS account": "an AWS account", "x": "a x", "": "a",
		"Ethernet": "an Ethernet", "user data": "user data", "hour": "an hour", "host": "a host", "VM": "a VM", "order": "an order",
	} {
		if got := withArticle(text, anArticle); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got := withArticle("data", theArticle) + withArticle("data", noArticle); got != "the datadata" {
		t.Errorf("got %q", got)
	}
}

// TestKinds holds that a kind of thing stands before the thing, and that other literals do not.
func TestKinds(t *testing.T) {
	var paths [][]Segment
	texts := []string{"/tests/{id}", "/tests/api/{id}", "/tests/api", "/tests/browser/{id}/results", "/integration/azure",
		"/tests/search", "/users/{id}", "/users/stats", "/account/password"}
	for _, text := range texts {
		paths = append(paths, segments(text))
	}
	for i, want := range []string{"Replace a test", "Replace an API test", "Replace the API tests", "Replace the results of a browser test",
		"Replace the azure integration", "Replace the test search", "Replace a user", "Replace the user stats",
		"Replace the account password"} {
		o := Operation{Method: "PUT", Segments: Reduce(paths)[i]}
		if got := o.Summary(nil); got != want {
			t.Errorf("%s: %q, want %q", texts[i], got, want)
		}
	}
}

// TestOtherMethods holds what other methods of a path, and their absence, say of an operation.
func TestOtherMethods(t *testing.T) {
	alone := func(o *Operation) { o.IsAlone = true }
	for _, tt := range []struct {
		op, id, summary string
		change          func(*Operation)
	}{
		{"DELETE /dashboard", "deleteDashboards", "Delete the dashboards", func(o *Operation) { o.Read, o.HasItems = ResponseList, true }},
		{"DELETE /dashboard", "deleteDashboard", "Delete the dashboard", func(*Operation) {}},
		{"POST /cars/{id}/balance", "updateCarBalance", "Update the balance of a car", func(o *Operation) { o.Read = ResponseObject }},
		{"POST /cars/{id}/balance", "createCarBalance", "Create a balance for a car", func(o *Operation) { o.Read, o.HasDelete = ResponseObject, true }},
		{"PUT /pulls/{id}/merge", "mergePull", "Merge a pull", alone},
		{"PUT /pulls/{id}/merge", "replacePullMerge", "Replace the merge of a pull", func(*Operation) {}},
		{"PUT /shifts/{id}/schedule", "replaceShiftSchedule", "Replace the schedule of a shift", alone},
		{"PUT /pulls/{id}/update-branch", "updatePullBranch", "Update the branch of a pull", alone},
		{"PUT /vaults/{id}/policies/add", "addVaultPolicy", "Add a policy to a vault", alone},
		{"PATCH /signals/{id}/add_to_incident", "addSignalToIncident", "Add a signal to an incident", alone},
		{"DELETE /gists/{id}/star", "unstarGist", "Unstar a gist", func(o *Operation) { o.IsBodiless = true }},
		{"DELETE /gists/{id}/file", "deleteGistFile", "Delete the file of a gist", func(o *Operation) { o.IsBodiless = true }},
		{"POST /flows/{id}/triggers/manual/listCallbackUrl", "listManualCallbackUrl", "List the callback URL of a flow", alone},
		{"POST /users/{id}/generate-token", "generateUserToken", "Generate a token for a user", alone},
		{"GET /accounts/verify_credentials", "verifyAccountCredentials", "Verify the account credentials", alone},
		{"GET /ships/{id}/merge_requests", "listShipMergeRequests", "List the merge requests of a ship", alone},
		{"GET /logout", "logout", "Log out", alone},
		{"GET /login", "getLogin", "Get the login", func(*Operation) {}},
		{"POST /login", "login", "Log in", func(*Operation) {}},
		{"POST /logout/all", "logoutAll", "Log out all", alone},
		{"GET /sync", "sync", "Sync", alone},
		{"GET /account/whoami", "whoamiAccount", "Get the current user", alone},
		{"GET /crews/{id}/promoted_by", "getCrewPromotedBy", "Get who promoted a crew", alone},
		{"GET /crews/{id}/followed-by", "listCrewFollowedBy", "List who followed a crew", func(o *Operation) { o.Response = ResponseList }},
		{"PATCH /accounts/update_credentials", "updateAccountCredentials", "Update the account credentials", alone},
		{"POST /crews/{id}/timer", "createCrewTimer", "Create a timer for a crew", alone},
		{"POST /crews/{id}/crew.csv", "createCrewCsv", "Create a crew CSV for a crew", alone},
		{"POST /crews/{id}/assign/{ship}", "assignCrew", "Assign a crew", func(*Operation) {}},
		{"POST /crews/{id}/forgot-password", "recoverCrewPassword", "Recover the password of a crew", alone},
		{"POST /session/forgot_password", "recoverSessionPassword", "Recover the session password", alone},
		{"POST /bulk", "runBulkOperations", "Run bulk operations", alone},
		{"GET /crews-by-id/{id}", "getCrewById", "Get a crew by ID", alone},
		{"POST /crews/boss/auth-with-password", "authBossWithPassword", "Authenticate with password", alone},
		{"POST /heartbeat", "callHeartbeat", "Call the heartbeat", func(o *Operation) { o.IsCall = true }},
		{"POST /import/crews", "importCrews", "Import crews", func(o *Operation) { o.IsCall = true }},
		{"POST /oauth/token", "createOauthToken", "Create an OAuth token", func(o *Operation) { o.IsCall = true }},
		{"POST /crew/status", "getCrewStatus", "Get the crew status", func(o *Operation) { o.IsCall = true }},
		{"POST /crew/ships", "listCrewShips", "List the crew ships", func(o *Operation) { o.IsCall, o.Response = true, ResponsePage }},
		{"POST /clouds/{id}/providers/Acme.Freight/query", "queryProvidersFreight", "Query Acme.Freight for a cloud", alone},
	} {
		t.Run(tt.op, func(t *testing.T) {
			o := operation(tt.op, ResponseUnknown)
			o.IsAlone = false
			tt.change(&o)
			checkNames(t, o, tt.id, tt.summary)
		})
	}
}

// TestPhrases holds that actions read like sentences.
func TestPhrases(t *testing.T) {
	for _, tt := range []struct{ op, id, summary string }{
		{"POST /orders/{id}/cancel", "cancelOrder", "Cancel an order"},
		{"POST /readers/{id}/cancel-action", "cancelReaderAction", "Cancel the action of a reader"},
		{"POST /jobs/{id}/rerun-failed-steps", "rerunJobFailedSteps", "Rerun the failed steps of a job"},
		{"POST /runs/{id}/force-cancel", "forceCancelRun", "Force cancel a run"},
		{"POST /invoices/{id}/mark_uncollectible", "markInvoiceAsUncollectible", "Mark an invoice as uncollectible"},
		{"POST /signals/{id}/add_to_incident", "addSignalToIncident", "Add a signal to an incident"},
		{"POST /crews/{id}/auth-with-password", "authCrewWithPassword", "Authenticate with password for a crew"},
		{"POST /databases/{id}/query", "queryDatabase", "Query a database"},
		{"POST /query", "query", "Run a query"},
		{"POST /login", "login", "Log in"},
		{"POST /berths/get_by_id", "getBerthById", "Get a berth by ID"},
		{"POST /berths/get", "getBerths", "Get the berths"},
		{"POST /berth/search", "searchBerths", "Search berths"},
		{"POST /tolls/create_from_route", "createTollFromRoute", "Create a toll from a route"},
		{"POST /login-tokens", "createLoginToken", "Create a login token"},
		{"POST /links/{id}/effective-route-table", "effectiveRouteTableLink", "Effective route table for a link"},
	} {
		t.Run(tt.op, func(t *testing.T) {
			o := operation(tt.op, ResponseUnknown)
			o.IsAlone = true
			checkNames(t, o, tt.id, tt.summary)
		})
	}
	o := operation("PUT /issues/{id}/lock", ResponseUnknown)
	checkNames(t, o, "replaceIssueLock", "Replace the lock of an issue")
	o.IsBodiless = true
	checkNames(t, o, "lockIssue", "Lock an issue")
}

func TestVocabulary(t *testing.T) {
	v := NewVocabulary([]string{"postgresql", "PostgreSQLInstance", "publicIPAddress", "publicip", "PublicName", "HarborXYZCode", "velreDB", "gatewayDB"})
	for _, tt := range []struct{ in, want string }{
		{"postgresql", "PostgreSQL"}, {"PostgreSQLInstances", "PostgreSQL instances"}, {"publicIp", "public IP"},
		{"user_ids", "user IDs"}, {"xyz-codes", "XYZ codes"}, {"aeo", "aeo"}, {"status", "status"}, {"pkg", "pkg"}, {"xxx", "xxx"},
		{"velreDB", "VelreDB"}, {"gatewayDB", "gateway DB"},
	} {
		if got := v.text(v.Words(tt.in)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestTitle(t *testing.T) {
	tags := []string{"orders", "orders", "carts", "cart", "slos", "slos", "slos"}
	for _, tt := range []struct {
		host, want string
		observed   []string
	}{
		{"api.acme-freight.co.uk", "Acme Freight API", nil},
		{"billing.acme.com:8443", "Acme Billing API", nil},
		{"staging-api.eu-west-1.acme.com", "Acme API", nil},
		{"petstore", "Petstore API", nil},
		{"sms.acme.com", "Acme SMS API", nil},
		{"127.0.0.1:8701", "SLOs and carts API", nil},
		{"[::1]:80", "SLOs and carts API", nil},
		{"localhost", "SLOs and carts API", nil},
		{"api:8080", "SLOs and carts API", nil},
		{"api.acmeworks.com", "AcmeWorks API", []string{"X-AcmeWorks-Trace", "ACMEWORKS_ID", "Acmeworkshop"}},
		{"api.acmeworks.com", "api.acmeworks.com", []string{"acmeworks_id"}},
		{"api.acmeworks.com", "api.acmeworks.com", []string{"İAcmeWorks"}},
		{"api.kobamihq.com:443", "Kobami API", []string{"Kobami"}},
		{"api.kobamihq.com:443", "api.kobamihq.com", nil},
		{"api.kobami.com", "Kobami API", nil},
		{"api.sharpstone.io", "api.sharpstone.io", nil},
		{"eu.kobamirentas.io", "eu.kobamirentas.io", nil},
	} {
		if got := Title(tt.host, nil, tags, tt.observed, nil); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.host, got, tt.want)
		}
	}
	if got := Title("10.0.0.1", []string{"Harbor-Version", "X-Client-Version", "Idempotency-Key"}, tags, nil, nil); got != "Harbor API" {
		t.Errorf("got %q from a header", got)
	}
	if got := Title("10.0.0.1", nil, nil, nil, nil); got != "API" {
		t.Errorf("got %q from nothing", got)
	}
}

// TestTags holds that a literal before most operations gives way to the next one.
func TestTags(t *testing.T) {
	var operations []Operation
	for _, tail := range []string{"", "/berths", "/berths/{id}", "/berths/{id}/ships", "/crews", "/crews/{id}", "/crews/{id}/pay",
		"/tolls", "/tolls/{id}", "/tolls/{id}/paid", "/plan"} {
		operations = append(operations, operation("GET /ports/{port}"+tail, ResponseUnknown),
			operation("DELETE /ports/{port}"+tail, ResponseUnknown))
	}
	operations = append(operations, operation("GET /ships", ResponseList),
		operation("GET /providers/Acme.Freight/cranes", ResponseList))
	tags := Tags(operations, nil)
	for i, want := range map[int]string{0: "ports", 2: "berths", 8: "crews", 20: "ports", 22: "ships", 23: "acme-freight"} {
		if tags[i] != want {
			t.Errorf("%d: got %s, want %s", i, tags[i], want)
		}
	}
	if got := Tags(operations[:4], nil); got[3] != "ports" {
		t.Errorf("a small API: got %s", got)
	}
	// The last three of 20 operations share the next literal, the last two of 19 and 20 do not.
	for _, n := range []int{17, 18} {
		var operations []Operation
		for range n {
			operations = append(operations, operation("GET /ports/{id}", ResponseUnknown))
		}
		for len(operations) < 20 {
			operations = append(operations, operation("GET /ports/{id}/crews", ResponseUnknown))
		}
		want := map[int]string{17: "crews", 18: "ports"}[n]
		if got := Tags(operations, nil); got[0] != "ports" || got[19] != want {
			t.Errorf("%d operations: got %s and %s, want %s", n, got[0], got[19], want)
		}
		if got := Tags(operations[1:], nil); got[18] != "ports" {
			t.Errorf("19 operations: got %s", got[18])
		}
	}
	if got := Tags([]Operation{operation("GET /v1/API/ships", ResponseUnknown), operation("GET /{id}", ResponseUnknown), operation("GET /getInfo", ResponseUnknown)}, nil); !slices.Equal(got, []string{"ships", "", "info"}) {
		t.Errorf("got %q", got)
	}
}

// TestProcedures names the operations of APIs that call procedures: with dots, and in camel case.
func TestProcedures(t *testing.T) {
	for _, tt := range []struct {
		op          string
		response    Response
		id, summary string
	}{
		{"POST /conversations.archive", ResponseObject, "archiveConversation", "Archive a conversation"},
		{"GET /conversations.list", ResponsePage, "listConversations", "List the conversations"},
		{"GET /conversations.history", ResponseObject, "getConversationsHistory", "Get the conversation history"},
		{"POST /chat.postMessage", ResponseObject, "postChatMessage", "Post a chat message"},
		{"GET /users.lookupByEmail", ResponseObject, "lookupUsersByEmail", "Look up users by email"},
		{"GET /users.profile.get", ResponseObject, "getUsersProfile", "Get the user profile"},
		{"POST /users.profile.set", ResponseObject, "setUsersProfile", "Set the user profile"},
		{"POST /users.info", ResponseObject, "getUsersInfo", "Get the user info"},
		{"POST /fleet.vehicles.park", ResponseObject, "parkFleetVehicle", "Park a fleet vehicle"},
		{"POST /rpc/door.unlock", ResponseObject, "unlockDoor", "Unlock the door"},
		{"POST /policies:get", ResponseObject, "getPolicies", "Get the policies"},
		{"POST /policies:set", ResponseObject, "setPolicy", "Set a policy"},
		{"GET /files.getUploadURLExternal", ResponseObject, "getFileUploadUrlExternal", "Get the external upload URL"},
		{"GET /files/{id}/notes.txt", ResponseUnknown, "getFileNotesTxt", "Get the notes txt of a file"},
		{"GET /getInfo", ResponseObject, "getInfo", "Get the info"},
		{"GET /order/getOrderById/{id}", ResponseObject, "getOrderById", "Get an order by ID"},
		{"POST /order/createOrder", ResponseObject, "createOrder", "Create an order"},
		{"POST /order/cancelOrder/{id}", ResponseObject, "cancelOrder", "Cancel an order"},
		{"GET /dict/user/list", ResponsePage, "listDictUsers", "List the dict users"},
		{"GET /orders/search/findByStatus", ResponseList, "findOrdersByStatus", "Find orders by status"},
		{"GET /history/{id}/list-items", ResponseList, "listHistoryListItems", "List the list items of a history"},
	} {
		method, path, _ := strings.Cut(tt.op, " ")
		others := [][]Segment{segments("/users.list"), segments("/users.delete"), segments("/files.upload")}
		o := Operation{Method: method, Segments: Reduce(append(others, segments(path)))[3], Response: tt.response, IsAlone: method == "POST"}
		checkNames(t, o, tt.id, tt.summary)
	}
}

// TestLinking names a PUT without a body and the DELETE beside it after what they do to the owner.
func TestLinking(t *testing.T) {
	put := operation("PUT /groups/{id}/devices/{id}", ResponseUnknown)
	checkNames(t, put, "replaceGroupDevice", "Replace a device of a group")
	put.IsBodiless = true
	checkNames(t, put, "addGroupDevice", "Add a device to a group")
	remove := operation("DELETE /groups/{id}/devices/{id}", ResponseUnknown)
	checkNames(t, remove, "deleteGroupDevice", "Delete a device of a group")
	remove.HasBodilessPut = true
	checkNames(t, remove, "removeGroupDevice", "Remove a device from a group")
	own := operation("PUT /devices/{id}", ResponseUnknown)
	own.IsBodiless = true
	checkNames(t, own, "replaceDevice", "Replace a device")
}

// TestHeldActions checks that a segment that only says that actions follow is no part of a name.
func TestHeldActions(t *testing.T) {
	for _, tt := range []struct{ op, id, summary string }{
		{"POST /vehicles/{id}/commands/lock", "lockVehicle", "Lock a vehicle"},
		{"POST /servers/{id}/actions/create_image", "createServerImage", "Create an image for a server"},
		{"POST /servers/{id}/actions/change_alias_ips", "changeServerAliasIps", "Change the alias IPs of a server"},
		{"POST /commands/lock", "lockCommands", "Lock commands"},
		{"POST /vehicles/{id}/commands/{command}", "updateVehicleCommand", "Update a command of a vehicle"},
		{"GET /vehicles/{id}/commands/history", "getVehicleCommandsHistory", "Get the command history of a vehicle"},
	} {
		o := operation(tt.op, ResponseUnknown)
		o.IsAlone = true
		checkNames(t, o, tt.id, tt.summary)
	}
}

// TestActionsWithFormat checks that the extension of a verb is the format of what it answers or
// takes, and no namespace.
func TestActionsWithFormat(t *testing.T) {
	for _, tt := range []struct{ op, id, summary string }{
		{"GET /vehicles/export.csv", "exportVehiclesAsCsv", "Export vehicles as CSV"},
		{"GET /reports/{id}/download.pdf", "downloadReportAsPdf", "Download a report as PDF"},
		{"POST /vehicles/import.csv", "importVehiclesFromCsv", "Import vehicles from a CSV"},
		{"GET /orders/{id}/invoice.pdf", "getOrderInvoicePdf", "Get the invoice PDF of an order"},
		{"GET /providers/Acme.Storage", "getProvidersAcmeStorage", "Get the Acme.Storage provider"},
	} {
		checkNames(t, operation(tt.op, ResponseUnknown), tt.id, tt.summary)
	}
	if got := Tags([]Operation{operation("GET /vehicles/export.csv", ResponseUnknown)}, nil); got[0] != "vehicles" {
		t.Errorf("the tag is %s", got[0])
	}
}
