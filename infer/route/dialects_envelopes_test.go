package route

import "fmt"

// feedsDialect has collections of two words below a singular noun of each account, all in one
// envelope, and some named after products.
func feedsDialect(a *api) {
	var accounts []string
	for range 4 {
		accounts = append(accounts, a.id(styleUUID))
	}
	feeds := []string{"shop-orders", "shop-refunds", "shop-payouts", "card-charges", "card-disputes", a.word(2) + "-customers"}
	for range 50 {
		at, feed := "/accounts/"+pick(a, accounts...)+"/data/", pick(a, feeds...)
		a.call("GET", "/accounts/{account}/data/"+feed, at+feed, 200, object{"items", []object{{"ref", a.word(3)}}, "cursor", a.id(styleToken), "total", "7"})
	}
	for _, id := range accounts {
		a.call("GET", "/accounts/{account}", "/accounts/"+id, 200, object{"id", id, "owner", a.word(2), "plan", "free"})
	}
}

// taxonomyDialect has kinds of entries beside the entries, all of one record.
func taxonomyDialect(a *api) {
	kinds := []string{"genres", "themes", "moods"}
	record := func(id string) object { return object{"ref", id, "label", a.word(2), "rank", "7"} }
	for range 50 {
		id := a.id(styleToken)
		switch kind := pick(a, kinds...); a.r.IntN(4) {
		case 0:
			a.call("GET", "/v2/entries/{entry}", "/v2/entries/"+id, 200, record(id))
		case 1:
			a.call("GET", "/v2/entries", "/v2/entries", 200, []object{record(id)})
		default:
			a.call("GET", "/v2/entries/"+kind+"/{id}", "/v2/entries/"+kind+"/"+id, 200, record(id))
		}
		a.call("GET", "/v2/venues/{venue}", "/v2/venues/"+id, 200, object{"ref", id, "city", a.word(2)})
	}
}

// connectorsDialect has collections that are called after products below a plural noun, with the
// same actions below each.
func connectorsDialect(a *api) {
	kinds := []string{a.word(2) + "-switches", a.word(2) + "-switches", a.word(2) + "-managers", a.word(3) + "-firewalls"}
	for range 70 {
		kind, id := pick(a, kinds...), a.id(styleInt)
		at, atT := "/sources/"+kind, "/sources/"+kind+"/{id}"
		switch a.r.IntN(4) {
		case 0:
			a.call(pick(a, "GET", "POST"), at, at, 200, object{"results", []object{{"entity", id}}, "total", "7"})
		case 1:
			a.call(pick(a, "GET", "PUT", "DELETE"), atT, at+"/"+id, 200, object{"entity", id, "enabled", "true", "nickname", a.word(2), "of " + kind, "x"})
		case 2:
			a.call("POST", atT+"/enable", at+"/"+id+"/enable", 204, nil)
		case 3:
			a.call("GET", atT+"/snmp", at+"/"+id+"/snmp", 200, object{"version", "v2c", "port", "161"})
		}
		a.call("GET", "/alerts/{alert}", "/alerts/"+id, 200, object{"entity", id, "severity", "low"})
	}
}

// ledgerBooksDialect has collections in the singular, capitalized, below the prefix of all paths,
// and one envelope for them.
func ledgerBooksDialect(a *api) {
	for range 60 {
		w, id := pick(a, "Invoice", "Payment", "Expense", "Company", "Contact", "Task"), a.id(styleInt)
		a.call("POST", "/webhook", "/webhook", 204, nil)
		body := object{"Page", "1", "Size", "20", "Entries", []object{{"Amount", "7"}}}
		if a.chance(.5) {
			a.call("GET", "/api/"+w, "/api/"+w, 200, body)
			continue
		}
		a.call(pick(a, "GET", "DELETE"), "/api/"+w+"/{id}", "/api/"+w+"/"+id, 200, object{w + "ID", id, "Created" + w, "x"})
	}
}

// geofencesDialect has versions behind its collections, some of which are not in a dictionary.
func geofencesDialect(a *api) {
	for range 60 {
		w, id := pick(a, "aliases", a.word(2)+"-pairs", "sensors", "traces", "geofences"), a.id(styleUUID)
		at := "/" + w + "/v" + fmt.Sprint(2+len(w)%2)
		switch a.r.IntN(3) {
		case 0:
			a.call("GET", at, at, 200, object{"data", []object{{"trackingId", id}}, "count", "1"})
		case 1:
			a.call(pick(a, "GET", "PUT", "DELETE"), at+"/{id}", at+"/"+id, 200, object{"trackingId", id, w, "x"})
		case 2:
			a.call("GET", "/v2/"+pick(a, "health", "version"), "/v2/"+pick(a, "health"), 200, object{"ok", "true", "build", "7"})
		}
	}
}

// presetsDialect has actions on things before their identifiers, beside the things.
func presetsDialect(a *api) {
	for range 50 {
		id := a.id(styleUUID)
		switch a.r.IntN(6) {
		case 0:
			a.call("POST", "/presets/create/{preset}", "/presets/create/"+id, 201, object{"ok", "true"})
		case 1:
			a.call("PUT", "/presets/update/{preset}", "/presets/update/"+id, 200, object{"ok", "true"})
		case 2:
			a.call("DELETE", "/presets/delete/{preset}", "/presets/delete/"+id, 200, object{"ok", "true"})
		case 3:
			a.call("GET", "/presets/{preset}", "/presets/"+id, 200, object{"size", "7", "color", "red"})
		case 4:
			a.call("GET", "/presets/list", "/presets/list", 200, []object{{"size", "7", "color", "red"}})
		case 5:
			a.call("GET", "/users/{user}", "/users/"+id, 200, object{"email", "x", "plan", "free"})
		}
	}
}
