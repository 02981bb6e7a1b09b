package route

import (
	"fmt"
	"strings"
)

// shopDialect is the administration of a shop: dates as versions, numbers as ids, .json behind each
// path, counts and verbs beside ids.
func shopDialect(a *api) {
	c := &caller{api: a}
	root := "/admin/api/2025-0" + pick(a, "1", "4", "7")
	kinds := strings.Fields("products orders customers collects price_rules draft_orders webhooks metafields")
	kids := map[string][]string{"products": {"images", "variants", "metafields"}, "orders": {"fulfillments", "transactions", "refunds", "risks"},
		"customers": {"addresses"}, "price_rules": {"discount_codes"}}
	verbs := map[string][]string{"orders": {"close", "cancel", "open"}, "customers": {"send_invite", "account_activation_url"},
		"draft_orders": {"complete", "send_invoice"}}
	ids := map[string][]string{}
	for _, k := range kinds {
		for range 6 {
			ids[k] = append(ids[k], fmt.Sprint(4000000000000+a.r.Int64N(90000000000)))
		}
	}
	for range 240 {
		k := pick(a, kinds...)
		id, one := pick(a, ids[k]...), strings.TrimSuffix(k, "s")
		body := object{one, object{"id", id, "created_at", "x", k + "_note", "y", "admin_graphql_api_id", "gid://shop/" + one + "/" + id}}
		switch a.r.IntN(8) {
		case 0:
			c.do("GET", root+"/"+k+".json", root+"/"+k+".json", 200, object{k, []object{body[1].(object)}})
		case 1:
			c.do("POST", root+"/"+k+".json", root+"/"+k+".json", 201, body)
		case 2, 3:
			c.do(pick(a, "GET", "PUT", "DELETE"), root+"/"+k+"/{id}.json", root+"/"+k+"/"+id+".json", 200, body)
		case 4:
			c.do("GET", root+"/"+k+"/count.json", root+"/"+k+"/count.json", 200, object{"count", a.id(styleSmall)})
		case 5, 6:
			if kids[k] == nil {
				continue
			}
			x := pick(a, kids[k]...)
			kid := fmt.Sprint(5000000000000 + a.r.Int64N(90000000000))
			body := object{"id", kid, one + "_id", id, x + "_note", "z"}
			if a.chance(.5) {
				c.do(pick(a, "GET", "POST"), root+"/"+k+"/{id}/"+x+".json", root+"/"+k+"/"+id+"/"+x+".json", 200, object{x, []object{body}})
			} else {
				c.do(pick(a, "GET", "PUT"), root+"/"+k+"/{id}/"+x+"/{kid}.json", root+"/"+k+"/"+id+"/"+x+"/"+kid+".json", 200,
					object{strings.TrimSuffix(x, "s"), body})
			}
		case 7:
			if verbs[k] == nil {
				continue
			}
			v := pick(a, verbs[k]...)
			c.do("POST", root+"/"+k+"/{id}/"+v+".json", root+"/"+k+"/"+id+"/"+v+".json", 200, body)
		}
	}
	for _, w := range []string{"shop", "customers/search", "themes", "locations", "checkouts", "script_tags", "reports", "events"} {
		c.do("GET", root+"/"+w+".json", root+"/"+w+".json", 200, object{w, object{"id", a.id(styleInt), "name", a.name()}})
	}
	c.do("GET", "/admin/oauth/access_scopes.json", "/admin/oauth/access_scopes.json", 200, object{"access_scopes", []object{{"handle", "read_products"}}})
	a.noise(c.visited)
}

// engineDialect runs containers: long and short hashes or names for one kind, names of images with
// slashes and colons in the middle, and verbs behind and beside ids.
func engineDialect(a *api) {
	c := &caller{api: a}
	v := "/v1." + pick(a, "43", "47", "41")
	var containers []string
	for range 12 {
		containers = append(containers, pick(a, a.hex(64), a.hex(12), a.name()+"_"+a.word(1)+"_1", a.word(2)))
	}
	images := []string{"nginx", "redis:7", "postgres", a.word(2), a.word(2) + ":latest", a.hex(12), "alpine"}
	volumes := []string{a.word(2) + "_data", "pgdata", a.hex(64), a.word(2)}
	networks := []string{"bridge", "host", a.word(2) + "_default", a.hex(64)}
	for range 220 {
		id, im, vo, ne := pick(a, containers...), pick(a, images...), pick(a, volumes...), pick(a, networks...)
		switch a.r.IntN(15) {
		case 0:
			c.do("GET", v+"/containers/json", v+"/containers/json", 200, []object{{"Id", a.hex(64), "Names", "/x", "Image", im}})
		case 1:
			c.do("POST", v+"/containers/create", v+"/containers/create", 201, object{"Id", a.hex(64), "Warnings", nil})
		case 2, 3, 4:
			c.do("GET", v+"/containers/{id}/json", v+"/containers/"+id+"/json", 200, object{"Id", a.hex(64), "Name", "/" + id, "Image", im, "State", object{"Status", "running"}})
		case 5:
			w := pick(a, "logs", "stats", "top", "changes")
			c.do("GET", v+"/containers/{id}/"+w, v+"/containers/"+id+"/"+w, 200, object{w, "x"})
		case 6, 7:
			w := pick(a, "start", "stop", "kill", "restart", "wait", "exec", "rename")
			c.do("POST", v+"/containers/{id}/"+w, v+"/containers/"+id+"/"+w, pick(a, 204, 304), nil)
		case 8:
			c.do("DELETE", v+"/containers/{id}", v+"/containers/"+id, 204, nil)
		case 9:
			c.do("GET", v+"/images/{name}/json", v+"/images/"+im+"/json", 200, object{"Id", "sha256:" + a.hex(64), "RepoTags", im + ":latest", "Os", "linux"})
		case 10:
			w := pick(a, "history", "get")
			c.do("GET", v+"/images/{name}/"+w, v+"/images/"+im+"/"+w, 200, []object{{"Id", a.hex(64), w, "x"}})
		case 11:
			c.do(pick(a, "GET", "DELETE"), v+"/volumes/{name}", v+"/volumes/"+vo, 200, object{"Name", vo, "Driver", "local", "Mountpoint", "/var/" + vo})
		case 12:
			c.do(pick(a, "GET", "DELETE"), v+"/networks/{id}", v+"/networks/"+ne, 200, object{"Name", ne, "Id", a.hex(64), "Driver", "bridge"})
		case 13:
			w, e := pick(a, "json", "start", "resize"), a.hex(64)
			c.do(map[bool]string{true: "GET", false: "POST"}[w == "json"], v+"/exec/{id}/"+w, v+"/exec/"+e+"/"+w, 200, object{"ID", e, "Running", "false"})
		case 14:
			w := pick(a, "images/json", "volumes", "networks", "version", "info", "system/df", "events")
			c.do("GET", v+"/"+w, v+"/"+w, 200, object{w, "x"})
		}
	}
	for _, w := range []string{"containers/prune", "images/prune", "images/create", "volumes/create", "networks/create", "networks/prune", "auth", "build"} {
		c.do("POST", v+"/"+w, v+"/"+w, 200, object{w, "x"})
	}
	c.do("GET", "/_ping", "/_ping", 200, nil)
	a.noise(c.visited)
}

// workspaceDialect has calendars by address of mail, users as "me", drafts and messages, and uploads
// beside the same resources.
func workspaceDialect(a *api) {
	c := &caller{api: a}
	mails := []string{"primary", a.name() + "@example.com", a.word(2) + "@group.calendar.example.com", a.name() + "." + a.word(2) + "@example.com"}
	events := func() string { return a.base32(26) + pick(a, "", "", "_20260"+a.id(styleSmall)[:1]+"01T090000Z") }
	for range 220 {
		cal, ev, me := pick(a, mails...), events(), pick(a, "me", "me", "me", mails[1])
		cal = strings.ReplaceAll(cal, "@", pick(a, "@", "%40"))
		m := a.hex(16)
		event := object{"kind", "calendar#event", "id", ev, "status", "confirmed", "summary", "x", "organizer", object{"email", mails[1]}}
		message := object{"id", m, "threadId", a.hex(16), "snippet", "x"}
		switch a.r.IntN(14) {
		case 0, 1:
			c.do("GET", "/calendar/v3/calendars/{calendar}/events", "/calendar/v3/calendars/"+cal+"/events", 200, object{"kind", "calendar#events", "items", []object{event}})
		case 2:
			c.do("POST", "/calendar/v3/calendars/{calendar}/events", "/calendar/v3/calendars/"+cal+"/events", 200, event)
		case 3, 4:
			c.do(pick(a, "GET", "PUT", "PATCH", "DELETE"), "/calendar/v3/calendars/{calendar}/events/{event}", "/calendar/v3/calendars/"+cal+"/events/"+ev, 200, event)
		case 5:
			w := pick(a, "move", "instances")
			c.do(map[bool]string{true: "POST", false: "GET"}[w == "move"], "/calendar/v3/calendars/{calendar}/events/{event}/"+w,
				"/calendar/v3/calendars/"+cal+"/events/"+ev+"/"+w, 200, event)
		case 6:
			c.do("GET", "/calendar/v3/users/me/calendarList/{calendar}", "/calendar/v3/users/me/calendarList/"+cal, 200,
				object{"kind", "calendar#calendarListEntry", "id", mails[1], "summary", "x"})
		case 7:
			c.do("GET", "/gmail/v1/users/{user}/messages", "/gmail/v1/users/"+me+"/messages", 200, object{"messages", []object{message}})
		case 8, 9:
			c.do(pick(a, "GET", "DELETE"), "/gmail/v1/users/{user}/messages/{message}", "/gmail/v1/users/"+me+"/messages/"+m, 200, message)
		case 10:
			w := pick(a, "modify", "trash", "untrash")
			c.do("POST", "/gmail/v1/users/{user}/messages/{message}/"+w, "/gmail/v1/users/"+me+"/messages/"+m+"/"+w, 200, message)
		case 11:
			at := a.base62(60)
			c.do("GET", "/gmail/v1/users/{user}/messages/{message}/attachments/{id}", "/gmail/v1/users/"+me+"/messages/"+m+"/attachments/"+at, 200,
				object{"size", "7", "data", "eA=="})
		case 12:
			l := pick(a, "INBOX", "Label_7", "Label_12", "SENT", "Label_"+a.id(styleInt))
			c.do(pick(a, "GET", "PATCH"), "/gmail/v1/users/{user}/labels/{label}", "/gmail/v1/users/"+me+"/labels/"+l, 200, object{"id", l, "name", l, "type", "user"})
		case 13:
			w := pick(a, "messages/send", "drafts", "drafts/send", "labels", "threads", "profile", "settings/filters", "settings/vacation", "history", "watch")
			c.do(map[bool]string{true: "POST", false: "GET"}[strings.HasSuffix(w, "send") || w == "watch"], "/gmail/v1/users/{user}/"+w,
				"/gmail/v1/users/"+me+"/"+w, 200, object{w, "x"})
		}
	}
	for _, w := range []string{"calendar/v3/colors", "calendar/v3/users/me/calendarList", "calendar/v3/users/me/settings", "calendar/v3/freeBusy"} {
		c.do("GET", "/"+w, "/"+w, 200, object{w, "x", "kind", "calendar#x"})
	}
	a.noise(c.visited)
}

// houseDialect controls devices: entities with dotted names, services in two segments, and times in
// the path.
func houseDialect(a *api) {
	c := &caller{api: a}
	domains := strings.Fields("light switch sensor climate media_player automation lock")
	actions := strings.Fields("turn_on turn_off toggle reload set_temperature play_media trigger")
	var entities []string
	for range 18 {
		entities = append(entities, pick(a, domains...)+"."+pick(a, "kitchen", "hall_lamp", "office_"+a.word(1), a.word(2), "living_room_"+a.id(styleSmall)))
	}
	for range 160 {
		e, d, s := pick(a, entities...), pick(a, domains...), pick(a, actions...)
		at := fmt.Sprintf("2026-0%d-%02dT%02d:00:00+00:00", 1+a.r.IntN(9), 1+a.r.IntN(28), a.r.IntN(24))
		state := object{"entity_id", e, "state", "on", "attributes", object{"friendly_name", "x"}, "last_changed", at}
		switch a.r.IntN(10) {
		case 0, 1, 2:
			c.do(pick(a, "GET", "GET", "POST"), "/api/states/{entity}", "/api/states/"+e, 200, state)
		case 3:
			c.do("GET", "/api/states", "/api/states", 200, []object{state, {"entity_id", pick(a, entities...), "state", "off"}})
		case 4, 5:
			c.do("POST", "/api/services/{domain}/{service}", "/api/services/"+d+"/"+s, 200, []object{state})
		case 6:
			c.do("GET", "/api/history/period/{timestamp}", "/api/history/period/"+strings.ReplaceAll(at, "+", "%2B"), 200, []object{state})
		case 7:
			c.do("GET", "/api/logbook/{timestamp}", "/api/logbook/"+at, 200, []object{{"name", "x", "entity_id", e, "when", at}})
		case 8:
			ev := pick(a, "state_changed", "call_service", "timer_finished", "button_"+a.word(1))
			c.do("POST", "/api/events/{event}", "/api/events/"+ev, 200, object{"message", "Event " + ev + " fired."})
		case 9:
			w := pick(a, "config", "events", "services", "error_log", "history/period", "logbook", "calendars", "")
			body := any(object{w, "x", "message", "y"})
			if w == "events" {
				body = []object{{"event", "state_changed", "listener_count", "5"}, {"event", "call_service", "listener_count", "7"},
					{"event", "timer_finished", "listener_count", "1"}}
			}
			if w == "services" {
				var all []object
				for _, d := range domains {
					all = append(all, object{"domain", d, "services", object{s, object{"name", "x", "fields", "y"}}})
				}
				body = all
			}
			c.do("GET", "/api/"+w, "/api/"+w, 200, body)
		}
	}
	a.noise(c.visited)
}
