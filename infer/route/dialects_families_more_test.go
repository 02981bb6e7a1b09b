package route

import (
	"fmt"
	"strings"
)

// registryDialect has packages at the root, with and without a scope, their versions and their files.
func registryDialect(a *api) {
	used := map[string]bool{}
	for range 9 {
		used[pick(a, a.word(2), a.word(2)+"-"+a.word(1), a.word(1)+"-js", a.word(3))] = true
	}
	for _, p := range sortedKeys(used) {
		body := object{"_id", p, "name", p, "dist-tags", object{"latest", "1.2.3"}, "license", "MIT"}
		for range 2 {
			a.call("GET", "/{package}", "/"+p, 200, body)
		}
		v := fmt.Sprintf("%d.%d.%d", a.r.IntN(5), a.r.IntN(9), a.r.IntN(9))
		a.call("GET", "/{package}/{version}", "/"+p+"/"+v, 200, object{"name", p, "version", v, "main", "x"})
		a.call("GET", "/{package}/-/{file}", "/"+p+"/-/"+p+"-"+v+".tgz", 200, nil)
	}
	for range 4 {
		scope := "%40" + a.word(2) + "%2F" + a.word(2)
		a.call("GET", "/{package}", "/"+scope, 200, object{"_id", "x", "name", "y", "license", "MIT"})
	}
	for _, w := range []string{"-/v1/search", "-/whoami", "-/ping", "-/npm/v1/security/advisories"} {
		for range 2 {
			a.call("GET", "/"+w, "/"+w, 200, object{strings.ReplaceAll(w, "/", ""), "x", "total", "7"})
		}
	}
}

// roomsDialect has identifiers with a sign before and a server behind, and dotted types of events.
func roomsDialect(a *api) {
	root := "/_" + a.word(2) + "/client/" + pick(a, "v3", "r0")
	server := a.word(2) + ".org"
	var rooms, users []string
	for range 4 {
		rooms, users = append(rooms, "!"+a.base62(14)+":"+server), append(users, "@"+a.word(2)+":"+server)
	}
	at, atT := root+"/rooms", root+"/rooms/{roomId}"
	for range 40 {
		room, user := at+"/"+strings.ReplaceAll(pick(a, rooms...), ":", pick(a, ":", "%3A")), pick(a, users...)
		kind := pick(a, "m.room.message", "m.reaction", "m.room.encrypted")
		switch a.r.IntN(7) {
		case 0:
			a.call("PUT", atT+"/send/{eventType}/{txnId}", fmt.Sprintf("%s/send/%s/m%d.%d", room, kind, 1700000000000+a.r.Int64N(99999999),
				a.r.IntN(9)), 200, object{"event_id", "$" + a.base62(30)})
		case 1:
			state := pick(a, "m.room.name", "m.room.topic", "m.room.power_levels")
			a.call("GET", atT+"/state/{eventType}", room+"/state/"+state, 200, object{"name", "x"})
		case 2:
			a.call("GET", atT+"/messages", room+"/messages", 200, object{"chunk", []object{{"type", kind, "sender", user}}, "start", "x"})
		case 3:
			a.call("GET", atT+"/members", room+"/members", 200, object{"chunk", []object{{"type", "m.room.member", "state_key", user}}})
		case 4:
			a.call("GET", root+"/profile/{userId}", root+"/profile/"+user, 200, object{"displayname", a.name(), "avatar_url", "x"})
		case 5:
			a.call("GET", root+"/profile/{userId}/displayname", root+"/profile/"+user+"/displayname", 200, object{"displayname", a.name()})
		case 6:
			w := pick(a, "join", "leave", "invite", "forget")
			a.call("POST", atT+"/"+w, room+"/"+w, 200, object{"room_id", "x"})
		}
	}
	for _, w := range []string{"sync", "login", "account/whoami", "pushrules", "capabilities", "keys/query", "keys/upload"} {
		for range 2 {
			a.call(pick(a, "GET", "POST"), root+"/"+w, root+"/"+w, 200, object{strings.ReplaceAll(w, "/", "_"), "x", "next", "y"})
		}
	}
}

// trackerDialect has singular nouns, keys of projects and issues, and versions with a dot.
func trackerDialect(a *api) {
	root := pick(a, "/rest/api/3", "/rest/api/latest", "/rest/api/2")
	var projects []string
	for range 3 {
		projects = append(projects, strings.ToUpper(a.word(2))[:2+a.r.IntN(3)])
	}
	for range 40 {
		p := pick(a, projects...)
		key := fmt.Sprintf("%s-%d", p, 1+a.r.IntN(900))
		issue, issueT := root+"/issue/"+key, root+"/issue/{key}"
		switch a.r.IntN(6) {
		case 0, 1:
			a.call(pick(a, "GET", "PUT"), issueT, issue, 200, object{"id", a.id(styleInt), "key", key, "fields", object{"summary", "x"}})
		case 2:
			w := pick(a, "transitions", "comment", "worklog", "watchers")
			a.call(pick(a, "GET", "POST"), issueT+"/"+w, issue+"/"+w, 200, object{w, []object{{"id", a.id(styleInt), "name", a.name()}}})
		case 3:
			a.call(pick(a, "GET", "PUT", "DELETE"), issueT+"/comment/{id}", issue+"/comment/"+a.id(styleInt), 200, object{"id", "1", "body", "x"})
		case 4:
			a.call("GET", root+"/project/{key}", root+"/project/"+p, 200, object{"id", a.id(styleInt), "key", p, "name", a.name()})
		case 5:
			w := pick(a, "statuses", "role", "versions")
			a.call("GET", root+"/project/{key}/"+w, root+"/project/"+p+"/"+w, 200, []object{{"id", a.id(styleInt), "name", a.name()}})
		}
	}
	for _, w := range []string{"search", "myself", "field", "priority", "user/search", "issue/createmeta", "project/search", "serverInfo"} {
		for range 2 {
			a.call("GET", root+"/"+w, root+"/"+w, 200, object{w, "x", "maxResults", "7"})
		}
	}
	for range 6 {
		board := "/rest/agile/1.0/board/" + a.id(styleSmall)
		a.call("GET", "/rest/agile/1.0/board/{id}/sprint", board+"/sprint", 200, object{"values", []object{{"id", "7", "state", "active"}}})
		a.call("GET", "/rest/agile/1.0/board/{id}", board, 200, object{"id", "7", "type", "scrum"})
	}
}

// settingsTreeDialect has keys with slashes in a store, beside words for its parts.
func settingsTreeDialect(a *api) {
	root := "/v1"
	dirs := []string{"config/", "config/" + a.word(2) + "/", "services/" + a.word(2) + "/", ""}
	for range 24 {
		key := pick(a, dirs...) + pick(a, "timeout", "max_conns", a.word(2), "leader")
		a.call(pick(a, "GET", "GET", "PUT", "DELETE"), root+"/kv/{path}", root+"/kv/"+key, 200, []object{{"Key", key, "Flags", "0", "Value", "eA=="}})
	}
	for range 12 {
		service, node := pick(a, "web", "db", "cache", a.word(2)), a.id(styleNumber)
		a.call("GET", root+"/catalog/service/{service}", root+"/catalog/service/"+service, 200, []object{{"Node", node, "ServiceName", service}})
		a.call("GET", root+"/health/service/{service}", root+"/health/service/"+service, 200, []object{{"Node", object{"Node", node},
			"Service", object{"Service", service}}})
		a.call("GET", root+"/catalog/node/{node}", root+"/catalog/node/"+node, 200, object{"Node", object{"Node", node, "Address", "x"}})
		a.call("PUT", root+"/agent/service/deregister/{id}", root+"/agent/service/deregister/"+service+"-"+node, 200, nil)
	}
	for _, w := range []string{"agent/self", "agent/members", "agent/services", "catalog/services", "catalog/nodes", "status/leader", "status/peers"} {
		for range 2 {
			a.call("GET", root+"/"+w, root+"/"+w, 200, object{w, "x", "Node", "y"})
		}
	}
}

// tablesDialect has a table at each path and procedures below one word: no segment is a value.
func tablesDialect(a *api) {
	prefix := pick(a, "", "/rest/v1", "/api")
	for range 6 {
		t := pick(a, a.noun(), strings.TrimSuffix(a.noun(), "s")+"_"+a.noun())
		p := a.kind(1, 1, func() int { return styleInt })
		for range 3 {
			a.call(pick(a, "GET", "GET", "POST", "PATCH", "DELETE"), prefix+"/"+t, prefix+"/"+t, 200,
				[]object{p.body(a, "id", a.id(styleInt))})
		}
	}
	for _, w := range strings.Fields("search_users close_month recompute_totals refresh_cache") {
		for range 2 {
			a.call("POST", prefix+"/rpc/"+w, prefix+"/rpc/"+w, 200, object{"result", "x", "took", "7"})
		}
	}
}

// accountsDialect has identifiers with prefixes of capitals, data endings and capitalized nouns below a date.
func accountsDialect(a *api) {
	sid := func(p string) string {
		return p + fmt.Sprintf("%08x%08x%08x%08x", a.r.Uint32(), a.r.Uint32(), a.r.Uint32(), a.r.Uint32())
	}
	account := sid("AC")
	root, rootT := "/2010-04-01/Accounts/"+account, "/2010-04-01/Accounts/{sid}"
	for _, k := range []struct{ noun, prefix string }{{"Messages", "SM"}, {"Calls", "CA"}, {"Recordings", "RE"}} {
		for range 3 {
			a.call(pick(a, "GET", "POST"), rootT+"/"+k.noun+".json", root+"/"+k.noun+".json", 200, object{strings.ToLower(k.noun),
				[]object{{"sid", sid(k.prefix), "status", "sent"}}, "page", "0"})
			id := sid(k.prefix)
			a.call(pick(a, "GET", "POST", "DELETE"), rootT+"/"+k.noun+"/{sid}.json", root+"/"+k.noun+"/"+id+".json", 200,
				object{"sid", id, "status", "sent"})
			a.call("GET", rootT+"/"+k.noun+"/{sid}/Media.json", root+"/"+k.noun+"/"+id+"/Media.json", 200, object{"media_list", "x", "page", "0"})
		}
	}
	for range 6 {
		c := pick(a, "US", "DE", "GB")
		a.call("GET", rootT+"/AvailablePhoneNumbers/{country}/Local.json", root+"/AvailablePhoneNumbers/"+c+"/Local.json", 200,
			object{"available_phone_numbers", []object{{"phone_number", "+1"}}, "uri", "x"})
	}
	a.call("GET", rootT+".json", root+".json", 200, object{"sid", account, "status", "active"})
	a.call("GET", rootT+"/Balance.json", root+"/Balance.json", 200, object{"balance", "7", "currency", "USD"})
}
