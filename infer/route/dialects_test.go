package route

import (
	"fmt"
	"strings"
)

// dialects are invented APIs in the styles of several vendors, one function for each style.
var dialects = []struct {
	name  string
	build func(a *api)
	floor dialectFloor
}{
	{"providers", providersDialect, dialectFloor{.98, .98, .98, .92, .98, .98}},
	{"self names", selfNamesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"alternating", alternatingDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"groups", groupsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"files", filesDialect, dialectFloor{.98, .98, .98, .93, .98, .98}},
	{"object store", objectStoreDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"malformed ids", malformedDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"cells", cellsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"tasks", tasksDialect, dialectFloor{.98, .96, .98, .96, .98, .98}},
	{"slugs", slugsDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"rpc", rpcDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"graph", graphDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"odata", odataDialect, dialectFloor{.98, .97, .98, .98, .98, .98}},
	{"envelope", envelopeDialect, dialectFloor{.98, .98, .98, .97, .98, .98}},
	{"hypermedia", hypermediaDialect, dialectFloor{.98, .98, .98, .97, .98, .98}},
	{"soap", soapDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"matrix", matrixDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"dates", datesDialect, dialectFloor{.95, .84, .95, .84, .97, .95}},
	{"locales", localesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"tenants", tenantsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"versions", versionsDialect, dialectFloor{.98, .98, .98, .87, .98, .98}},
	{"composite", compositeDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"hashes", hashesDialect, dialectFloor{.97, .55, .97, .55, .98, .88}},
	{"users", usersDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"nested", nestedDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"tree", treeDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"market", marketDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"settings", settingsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"chosen", chosenDialect, dialectFloor{.98, .94, .98, .94, .98, .98}},
	{"bot", botDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"records", recordsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"buckets", bucketsDialect, dialectFloor{.98, .47, .98, .46, .98, .68}},
	{"directory", directoryDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"index", indexDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"push", pushDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"documents", documentsDialect, dialectFloor{.91, .69, .93, .73, .95, .85}},
	{"spelled", spelledDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"tiles", tilesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"registry", registryDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"rooms", roomsDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"tracker", trackerDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"settings tree", settingsTreeDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"tables", tablesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"accounts", accountsDialect, dialectFloor{.98, .95, .98, .95, .98, .98}},
	{"jobs", jobsDialect, dialectFloor{.98, .67, .98, .67, .98, .87}},
	{"mounts", mountsDialect, dialectFloor{.98, .55, .98, .55, .98, .90}},
	{"artifacts", artifactsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"labels", labelsDialect, dialectFloor{.98, .82, .98, .82, .98, .94}},
	{"alias", aliasDialect, dialectFloor{.98, .91, .98, .91, .98, .96}},
	{"queues", queuesDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"crm", crmDialect, dialectFloor{.91, .88, .91, .88, .98, .97}},
	{"game", gameDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"things", thingsDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"sync", syncDialect, dialectFloor{.98, .93, .98, .83, .98, .98}},
	{"mail", mailDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"sales", salesDialect, dialectFloor{.98, .91, .98, .91, .98, .98}},
	{"lookup", lookupDialect, dialectFloor{.94, .94, .94, .93, .98, .98}},
	{"views", viewsDialect, dialectFloor{.98, .76, .98, .76, .98, .98}},
	{"foreign", foreignDialect, dialectFloor{.98, .95, .98, .95, .98, .98}},
	{"services", servicesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"weather", weatherDialect, dialectFloor{.86, .84, .86, .84, .96, .97}},
	{"genomes", genomesDialect, dialectFloor{.98, .52, .98, .52, .98, .84}},
	{"statistics", statisticsDialect, dialectFloor{.97, .88, .97, .88, .98, .97}},
	{"payments", paymentsDialect, dialectFloor{.98, .93, .98, .93, .98, .98}},
	{"drives", drivesDialect, dialectFloor{.98, .94, .98, .94, .98, .98}},
	{"library", libraryDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"office", officeDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"forge", forgeDialect, dialectFloor{.97, .98, .97, .98, .98, .98}},
	{"realms", realmsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"discovery", discoveryDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"crash", crashDialect, dialectFloor{.98, .96, .98, .96, .97, .97}},
	{"shop", shopDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"engine", engineDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"workspace", workspaceDialect, dialectFloor{.88, .69, .88, .69, .98, .95}},
	{"helpdesk", helpdeskDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"calendars", calendarsDialect, dialectFloor{.87, .60, .87, .60, .96, .83}},
	{"bank", bankDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"airlines", airlinesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"merchant", merchantDialect, dialectFloor{.98, .94, .98, .94, .98, .98}},
	{"locators", locatorsDialect, dialectFloor{.93, .90, .93, .90, .98, .98}},
	{"panels", panelsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"wiki", wikiDialect, dialectFloor{.83, .75, .83, .75, .91, .91}},
	{"media", mediaDialect, dialectFloor{.93, .70, .93, .70, .97, .91}},
	{"teams", teamsDialect, dialectFloor{.97, .95, .97, .95, .98, .98}},
	{"maps", mapsDialect, dialectFloor{.91, .65, .91, .65, .96, .93}},
	{"edge", edgeDialect, dialectFloor{.91, .88, .91, .88, .97, .96}},
	{"house", houseDialect, dialectFloor{.67, .60, .67, .60, .88, .87}},
	{"hypervisor", hypervisorDialect, dialectFloor{.90, .84, .90, .84, .95, .95}},
	{"boards", boardsDialect, dialectFloor{.90, .87, .90, .87, .98, .98}},
	{"switches", switchesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"toots", tootsDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"brokers", brokersDialect, dialectFloor{.97, .92, .97, .92, .98, .97}},
	{"plans", plansDialect, dialectFloor{.96, .91, .96, .91, .98, .98}},
	{"zones", zonesDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"toggles", togglesDialect, dialectFloor{.98, .94, .98, .94, .98, .98}},
	{"songs", songsDialect, dialectFloor{.96, .94, .96, .94, .97, .98}},
	{"films", filmsDialect, dialectFloor{.90, .92, .90, .92, .97, .97}},
	{"quotes", quotesDialect, dialectFloor{.90, .94, .90, .94, .95, .98}},
	{"guilds", guildsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"books", booksDialect, dialectFloor{.92, .97, .92, .97, .98, .98}},
	{"rack", rackDialect, dialectFloor{.90, .95, .90, .95, .98, .98}},
	{"forum", forumDialect, dialectFloor{.96, .94, .96, .94, .98, .98}},
	{"cinema", cinemaDialect, dialectFloor{.91, .83, .91, .83, .97, .95}},
	{"storefront", storefrontDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"staff", staffDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"desk", deskDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"billing", billingDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"admin", adminDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"secrets", secretsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"spring", springDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"regions", regionsDialect, dialectFloor{.98, .93, .98, .93, .98, .98}},
	{"fleet", fleetDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"chat", chatDialect, dialectFloor{.95, .96, .95, .96, .98, .98}},
	{"insight", insightDialect, dialectFloor{.95, .93, .95, .93, .98, .98}},
	{"arcade", arcadeDialect, dialectFloor{.98, .96, .98, .96, .98, .98}},
	{"publishing", publishingDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"gateway", gatewayDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"entities", entitiesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"clinic", clinicDialect, dialectFloor{.98, .95, .98, .95, .98, .98}},
	{"flights", flightsDialect, dialectFloor{.98, .94, .98, .94, .98, .98}},
	{"mailer", mailerDialect, dialectFloor{.91, .92, .91, .92, .96, .98}},
	{"review", reviewDialect, dialectFloor{.96, .92, .96, .92, .98, .97}},
	{"builds", buildsDialect, dialectFloor{.94, .70, .93, .68, .98, .92}},
	{"league", leagueDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"chain", chainDialect, dialectFloor{.96, .95, .96, .95, .98, .98}},
	{"screens", screensDialect, dialectFloor{.92, .79, .92, .79, .97, .96}},
	{"network", networkDialect, dialectFloor{.85, .65, .85, .65, .93, .88}},
	{"cards", cardsDialect, dialectFloor{.95, .86, .95, .86, .97, .93}},
	{"dags", dagsDialect, dialectFloor{.96, .97, .96, .97, .98, .98}},
	{"ledger", ledgerDialect, dialectFloor{.91, .87, .91, .87, .96, .95}},
	{"dynos", dynosDialect, dialectFloor{.98, .97, .98, .96, .98, .98}},
	{"officials", officialsDialect, dialectFloor{.88, .94, .88, .94, .95, .98}},
	{"survey", surveyDialect, dialectFloor{.98, .96, .98, .96, .98, .98}},
	{"sobjects", sobjectsDialect, dialectFloor{.88, .91, .88, .91, .98, .98}},
	{"scheduler", schedulerDialect, dialectFloor{.98, .96, .98, .97, .98, .98}},
	{"press", pressDialect, dialectFloor{.98, .98, .98, .97, .98, .98}},
	{"telemetry", telemetryDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"conveyor", conveyorDialect, dialectFloor{.98, .93, .95, .88, .98, .98}},
	{"packages", packagesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"telecom", telecomDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"feeds", feedsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"taxonomy", taxonomyDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"chains", chainsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"portfolio", portfolioDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"sports", sportsDialect, dialectFloor{.98, .96, .98, .96, .98, .98}},
	{"open data", openDataDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"identity", identityDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"marketing", marketingDialect, dialectFloor{.98, .93, .98, .93, .98, .98}},
	{"agents", agentsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"rates", ratesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"connectors", connectorsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"ledger books", ledgerBooksDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"presets", presetsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"geofences", geofencesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"rollout", rolloutDialect, dialectFloor{.94, .86, .92, .86, .98, .96}},
	{"stages", stagesDialect, dialectFloor{.93, .95, .93, .95, .97, .98}},
	{"lines", linesDialect, dialectFloor{.94, .87, .94, .87, .98, .95}},
	{"beacon", beaconDialect, dialectFloor{.88, .87, .88, .87, .96, .96}},
	{"processes", processesDialect, dialectFloor{.86, .82, .82, .79, .96, .97}},
	{"edge config", edgeConfigDialect, dialectFloor{.98, .96, .92, .93, .98, .98}},
	{"partners", partnersDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"incidents", incidentsDialect, dialectFloor{.98, .93, .98, .93, .98, .97}},
	{"lake", lakeDialect, dialectFloor{.80, .84, .82, .84, .95, .96}},
	{"nations", nationsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"channels", channelsDialect, dialectFloor{.91, .92, .91, .92, .96, .97}},
	{"coins", coinsDialect, dialectFloor{.87, .87, .87, .87, .93, .97}},
	{"monitors", monitorsDialect, dialectFloor{.08, .43, .05, .49, .66, .84}},
	{"pages", pagesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"scans", scansDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"features", featuresDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"topics", topicsDialect, dialectFloor{.54, .39, .54, .39, .87, .88}},
	{"compute", computeDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"chargers", chargersDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"context", contextDialect, dialectFloor{.98, .92, .98, .92, .98, .98}},
	{"registrar", registrarDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"bills", billsDialect, dialectFloor{.18, .26, .18, .26, .74, .84}},
	{"semicolons", semicolonsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"functions", functionsDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"interfaces", interfacesDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"relations", relationsDialect, dialectFloor{.98, .97, .98, .97, .98, .98}},
	{"classes", classesDialect, dialectFloor{.92, .91, .92, .91, .98, .98}},
	{"erp", erpDialect, dialectFloor{.98, .88, .98, .88, .98, .93}},
	{"charts", chartsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"metadata", metadataDialect, dialectFloor{.51, .69, .51, .69, .89, .96}},
	{"models", modelsDialect, dialectFloor{.23, .53, .23, .53, .64, .71}},
	{"events", eventsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"apps", appsDialect, dialectFloor{.96, .96, .96, .96, .98, .98}},
	{"invoices", invoicesDialect, dialectFloor{.96, .95, .96, .95, .98, .97}},
	{"care", careDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"indicators", indicatorsDialect, dialectFloor{.95, .96, .95, .96, .98, .98}},
	{"threats", threatsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"organizations", organizationsDialect, dialectFloor{.98, .91, .98, .91, .98, .98}},
	{"cookbooks", cookbooksDialect, dialectFloor{.98, .94, .98, .94, .98, .98}},
	{"lists", listsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"graphs", graphsDialect, dialectFloor{.98, .76, .98, .76, .98, .96}},
	{"cores", coresDialect, dialectFloor{.12, .18, .12, .18, .66, .82}},
	{"lamps", lampsDialect, dialectFloor{.98, .86, .98, .86, .98, .97}},
	{"talk", talkDialect, dialectFloor{.87, .87, .87, .87, .98, .98}},
	{"tracks", tracksDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"tariffs", tariffsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"chess", chessDialect, dialectFloor{.78, .81, .78, .81, .96, .98}},
	{"places", placesDialect, dialectFloor{.66, .67, .66, .67, .92, .94}},
	{"sites", sitesDialect, dialectFloor{.98, .94, .98, .94, .98, .98}},
	{"dials", dialsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
	{"hotels", hotelsDialect, dialectFloor{.98, .98, .98, .98, .98, .98}},
}

// dialectFloor is the least mean strict F1: on all of the traffic and on a quarter of it, and on
// both with ordinary words for identifiers; and the least mean B-cubed F1 on all and on a quarter.
type dialectFloor struct{ all, quarter, plain, plainQuarter, clusters, clustersQuarter float64 }

// providersDialect has dotted namespaces below a plural noun, and bodies with the resource's path
// as id and its type as Vendor.Product/kinds.
func providersDialect(a *api) {
	style := func() int { return pick(a, styleWord, styleSlug, styleNumber, styleMixed) }
	account := a.id(styleUUID)
	scope := pick(a, "subscriptions", "tenants", "accounts")
	group := pick(a, "resourceGroups", "folders", "projects")
	middle := pick(a, "providers", "services", "namespaces")
	var groups []string
	for range 3 + a.r.IntN(5) {
		groups = append(groups, a.id(style()))
	}
	root, rootT := "/"+scope+"/"+account, "/"+scope+"/{account}"
	vendor := a.vendor()
	for range 4 + a.r.IntN(16) {
		space := vendor + "." + a.vendor()
		if a.chance(.2) {
			space = strings.ToLower(space)
		}
		for range 1 + a.r.IntN(3) {
			k := a.kind(1+a.r.IntN(3), 2, style)
			s := &restStyle{list: "value", verb: "/", visits: 2, creates: "PUT",
				self: func(kind *kind, path, id string) []any {
					return []any{"id", path, "name", id, "type", space + "/" + kind.noun}
				}}
			if a.chance(.7) {
				all := []object{k.body(a, "id", root+"/x", "name", a.id(k.style), "type", space+"/"+k.noun)}
				a.call("GET", rootT+"/"+middle+"/"+space+"/"+k.noun, root+"/"+middle+"/"+space+"/"+k.noun, 200,
					object{"value", all})
			}
			for range 1 + a.r.IntN(3) {
				g := pick(a, groups...)
				a.visit(k, rootT+"/"+group+"/{group}/"+middle+"/"+space, root+"/"+group+"/"+g+"/"+middle+"/"+space, s)
			}
		}
	}
	for _, g := range groups {
		a.call("GET", rootT+"/"+group+"/{group}", root+"/"+group+"/"+g, 200, object{"id", root + "/" + group + "/" + g,
			"name", g, "location", "here"})
	}
}

// selfNamesDialect has bodies whose name is the path of the resource without the version, and
// custom verbs after a colon.
func selfNamesDialect(a *api) {
	style := func() int { return pick(a, styleWord, styleSlug, styleSlug, styleNumber, styleInt) }
	version := pick(a, "v1", "v2", "v1beta1")
	top := &kind{noun: pick(a, "projects", "organizations", "folders"), style: styleSlug, ids: map[string][]string{},
		props: []string{"state", "createTime"}}
	places := &kind{noun: pick(a, "locations", "regions", "zones"), style: styleNumber, ids: map[string][]string{},
		props: []string{"displayName"}}
	top.kids = append(top.kids, places)
	for range 3 + a.r.IntN(4) {
		places.kids = append(places.kids, a.kind(1+a.r.IntN(4), 2, style))
	}
	s := &restStyle{verb: ":", visits: 3, creates: "PATCH", list: "items",
		self: func(_ *kind, path, _ string) []any {
			_, name, _ := strings.Cut(path[1:], "/")
			return []any{"name", name, "createTime", fmt.Sprintf("2026-01-%02d", 1+a.r.IntN(28))}
		}}
	a.visit(top, "/"+version, "/"+version, s)
}

// alternatingDialect alternates nouns and identifiers down to twelve segments. Bodies hold the path
// in one of several ways.
func alternatingDialect(a *api) {
	style := func() int { return pick(a, styleWord, styleSlug, styleNumber) }
	field := pick(a, "path", "id", "href", "fullName", "")
	var chain *kind
	for range 6 {
		k := a.kind(1, 1, style)
		k.verbs = nil
		if chain != nil {
			k.kids = append(k.kids, chain)
		}
		chain = k
	}
	s := &restStyle{verb: "/", visits: 2, creates: "PUT", list: pick(a, "", "items"),
		self: func(_ *kind, path, id string) []any {
			if field == "" {
				return []any{"slug", id}
			}
			return []any{field, path[1:], "slug", id}
		}}
	for range 3 {
		a.visit(chain, "", "", s)
	}
}

// groupsDialect has dotted API groups with versions, namespaces and kinds.
func groupsDialect(a *api) {
	domain := a.word(2) + pick(a, ".io", ".dev", ".example.com")
	var spaces []string
	for range 3 + a.r.IntN(4) {
		spaces = append(spaces, a.id(pick(a, styleWord, styleSlug)))
	}
	for range 2 + a.r.IntN(8) {
		group := pick(a, a.word(2), a.word(2)+"."+domain, a.word(2)+"."+domain)
		version := pick(a, "v1", "v1beta1", "v2")
		for range 1 + a.r.IntN(3) {
			k := a.kind(1, 1, func() int { return pick(a, styleWord, styleSlug, styleNumber) })
			k.verbs = []string{"status"}
			s := &restStyle{verb: "/", visits: 3, creates: "PUT", list: "items",
				self: func(_ *kind, path, id string) []any {
					meta := object{"name", id}
					if parts := strings.Split(path, "/"); parts[4] == "namespaces" {
						meta = append(meta, "namespace", parts[5])
					}
					return []any{"apiVersion", group + "/" + version, "metadata", meta}
				}}
			for range 2 {
				a.visit(k, "/apis/"+group+"/"+version+"/namespaces/{namespace}",
					"/apis/"+group+"/"+version+"/namespaces/"+pick(a, spaces...), s)
			}
			a.list(k, "/apis/"+group+"/"+version+"/"+k.noun, "/apis/"+group+"/"+version+"/"+k.noun, s)
		}
	}
}
