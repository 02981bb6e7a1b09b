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
	o.IsAction = method == "POST" && !strings.HasSuffix(path, "s") && !strings.HasSuffix(path, "}")
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
	if got := o.Summary(); got != summary {
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
		{"GET /", ResponseUnknown, "getRoot", "Get the root"},
		{"GET /categories/{slug}", ResponseUnknown, "getCategory", "Get a category"},
		{"GET /reports/sales", ResponseList, "listReportsSales", "List the report sales"},
		{"GET /settings/billing", ResponseUnknown, "getSettingsBilling", "Get the settings billing"},
		{"POST /oauth/token", ResponseUnknown, "createOauthToken", "Create an oauth token"},
		{"POST /uploads", ResponseUnknown, "createUpload", "Create an upload"},
		{"GET /units/{id}", ResponseUnknown, "getUnit", "Get a unit"},
		{"GET /products/featured", ResponseList, "listFeaturedProducts", "List the featured products"},
		{"GET /user/starred", ResponseList, "listUserStarred", "List the user starred"},
		{"GET /me", ResponseUnknown, "getCurrentUser", "Get the current user"},
		{"PATCH /accounts/me", ResponseUnknown, "updateCurrentAccount", "Update the current account"},
		{"POST /accounts/me", ResponseUnknown, "updateCurrentAccount", "Update the current account"},
		{"GET /v1/me/playlists", ResponseList, "listCurrentUserPlaylists", "List the playlists of the current user"},
		{"DELETE /users/me/keys/{id}", ResponseUnknown, "deleteCurrentUserKey", "Delete a key of the current user"},
		{"GET /users/{id}/subscriptions/current", ResponseUnknown, "getUserCurrentSubscription", "Get the current subscription of a user"},
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
	ids := IDs(operations)
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

// TestResponseInNames holds that a list is named after the shape of the response first.
func TestResponseInNames(t *testing.T) {
	for _, tt := range []struct {
		op       string
		response Response
		id       string
	}{
		{"GET /preferences", ResponseObject, "getPreferences"},
		{"GET /preferences", ResponseUnknown, "listPreferences"},
		{"GET /remotes/file", ResponsePage, "listRemotesFiles"},
		{"GET /remotes/file", ResponseObject, "getRemotesFile"},
		{"GET /history", ResponseList, "listHistory"},
	} {
		t.Run(tt.id, func(t *testing.T) {
			if got := operation(tt.op, tt.response).idAt(0); got != tt.id {
				t.Errorf("%s: got %s, want %s", tt.op, got, tt.id)
			}
		})
	}
}

func TestActions(t *testing.T) {
	for op, want := range map[string]string{
		"POST /accounts/{id}/action":       "createAccountAction",
		"POST /media":                      "createMedia",
		"POST /hooks/stock":                "createHooksStock",
		"POST /rpm/copy":                   "copyRpm",
		"POST /login":                      "login",
		"POST /orders/{id}/cancel":         "cancelOrder",
		"POST /readers/{id}/cancel-action": "cancelActionReader",
	} {
		t.Run(op, func(t *testing.T) {
			if got := operation(op, ResponseUnknown).idAt(0); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
