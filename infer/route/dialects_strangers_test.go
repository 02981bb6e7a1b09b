package route

import (
	"fmt"
	"strings"
)

// jobsDialect has folders and jobs below one singular noun each, and words for formats at the end.
func jobsDialect(a *api) {
	jobs := []string{"deploy", "nightly", a.word(2), a.word(2) + "-" + a.word(1), a.word(3), a.word(2)}
	folders := []string{"team", a.word(2), a.word(3)}
	for range 60 {
		job := pick(a, jobs...)
		at, atT := "/job/"+job, "/job/{job}"
		if a.chance(.4) {
			at, atT = "/job/"+pick(a, folders...)+at, "/job/{folder}"+atT
		}
		n := fmt.Sprint(1 + a.r.IntN(400))
		switch a.r.IntN(5) {
		case 0:
			a.call("GET", atT+"/api/json", at+"/api/json", 200, object{"name", job, "color", "blue", "buildable", "true"})
		case 1:
			a.call("POST", atT+"/build", at+"/build", 201, nil)
		case 2:
			a.call("GET", atT+"/{n}/api/json", at+"/"+n+"/api/json", 200, object{"number", n, "result", "SUCCESS", "building", "false"})
		case 3:
			a.call("GET", atT+"/{n}/consoleText", at+"/"+n+"/consoleText", 200, nil)
		case 4:
			a.call("POST", atT+"/{n}/stop", at+"/"+n+"/stop", 302, nil)
		}
	}
	for _, w := range []string{"/api/json", "/queue/api/json", "/computer/api/json"} {
		a.call("GET", w, w, 200, object{"mode", "x", "items", "7"})
	}
}

// mountsDialect has keys and roles with names of their own below several verbs and singular nouns,
// which no body holds.
func mountsDialect(a *api) {
	names := []string{"ci", "app", a.word(3), a.word(2) + "-" + a.word(1), a.word(2) + "-" + a.word(2)}
	for range 8 {
		for _, verb := range []string{"encrypt", "decrypt", "sign"} {
			a.call("POST", "/v1/transit/"+verb+"/{key}", "/v1/transit/"+verb+"/"+pick(a, names...), 200, object{"lease", "x", "data", "y"})
		}
		for _, method := range []string{"approle", "kubernetes"} {
			a.call(pick(a, "GET", "POST"), "/v1/auth/"+method+"/role/{role}", "/v1/auth/"+method+"/role/"+pick(a, names...), 200,
				object{"token_ttl", "7", "policies", "x"})
			a.call("POST", "/v1/auth/"+method+"/login", "/v1/auth/"+method+"/login", 200, object{"client", "x", "renewable", "true"})
		}
	}
	for _, w := range []string{"sys/health", "sys/mounts", "sys/leases/revoke", "auth/token/lookup-self"} {
		for range 3 {
			a.call("GET", "/v1/"+w, "/v1/"+w, 200, object{"sealed", "false", strings.ReplaceAll(w, "/", "_"), "7"})
		}
	}
}

// artifactsDialect has groups and artifacts above versions, in answers that hold neither.
func artifactsDialect(a *api) {
	var artifacts []string
	for range 6 {
		artifacts = append(artifacts, a.word(2)+"-"+pick(a, "core", "api", "client"))
	}
	group := func() string { return pick(a, "com.", "org.") + pick(a, "acme", "apache", "example") }
	for range 30 {
		g, x, v := group(), pick(a, artifacts...), fmt.Sprintf("%d.%d.%d", a.r.IntN(4), a.r.IntN(9), a.r.IntN(9))
		if a.chance(.4) {
			a.call("GET", "/api/versions/{group}/{artifact}", "/api/versions/"+g+"/"+x, 200, object{"latest", v, "count", "7"})
			continue
		}
		a.call("GET", "/api/versions/{group}/{artifact}/{version}", "/api/versions/"+g+"/"+x+"/"+v, 200,
			object{"version", v, "released", "x", "checksum", "y", "dependencies", "3"})
	}
	for _, w := range []string{"search/artifact", "search/checksum", "system/ping", "system/version"} {
		for range 4 {
			a.call("GET", "/api/"+w, "/api/"+w, 200, object{strings.ReplaceAll(w, "/", "_"), "x", "took", "7"})
		}
	}
}

// labelsDialect has a singular noun for what belongs to an item of a collection.
func labelsDialect(a *api) {
	for range 12 {
		w := pick(a, "job", "instance", "pod", "namespace", "env")
		a.call("GET", "/api/v1/label/{name}/values", "/api/v1/label/"+w+"/values", 200, object{"status", "success", "data", "x"})
	}
	for _, w := range []string{"query", "query_range", "series", "labels", "targets", "rules", "alerts", "status/config", "status/buildinfo"} {
		for range 3 {
			a.call("GET", "/api/v1/"+w, "/api/v1/"+w, 200, object{"status", "success", "data", object{w, "x"}})
		}
	}
}

// aliasDialect has a word that stands for one of the items, beside another that does not.
func aliasDialect(a *api) {
	root, alias := pick(a, "/calendars", "/api/wallets", "/v3/mailboxes"), pick(a, "primary", "default", "current")
	var ids []string
	for range 4 {
		ids = append(ids, a.id(pick(a, styleInt, styleUUID, styleToken)), alias)
	}
	for range 60 {
		at, atT, sub := root+"/"+pick(a, ids...), root+"/{id}", "/"+pick(a, "events", "watch", "settings")
		switch a.r.IntN(3) {
		case 0:
			a.call(pick(a, "GET", "POST"), atT+sub, at+sub, 200, []object{{"etag", "x", "summary", "y"}})
		case 1:
			id := a.id(styleToken)
			a.call(pick(a, "GET", "DELETE"), atT+"/events/{event}", at+"/events/"+id, 200, object{"id", id, "etag", "x", "summary", "y"})
		case 2:
			a.call("POST", atT+"/events/{event}/move", at+"/events/"+a.id(styleToken)+"/move", 200, object{"etag", "x", "summary", "y"})
		}
	}
	for _, w := range []string{"/shared/invitations", "/shared/requests/pending", "/shared/requests/sent", "/search"} {
		for range 3 {
			a.call("GET", root+w, root+w, 200, object{"total", "7", strings.ReplaceAll(w, "/", "_"), "x"})
		}
	}
}

// queuesDialect has hosts with an encoded slash beside names, which answers hold.
func queuesDialect(a *api) {
	hosts := []string{"%2F", "prod", "staging"}
	queues := []string{a.word(2) + "." + a.word(2), a.word(2) + "-" + a.word(2), a.word(3), "mail"}
	for range 60 {
		h, q := pick(a, hosts...), pick(a, queues...)
		noun := pick(a, "queues", "exchanges")
		at, atT := "/api/"+noun+"/"+h, "/api/"+noun+"/{vhost}"
		body := object{"name", q, "vhost", strings.ReplaceAll(h, "%2F", "/"), "durable", "true", "messages", "7"}
		switch a.r.IntN(5) {
		case 0:
			a.call("GET", atT, at, 200, []object{body})
		case 1, 2:
			a.call("GET", atT+"/{name}", at+"/"+q, 200, body)
		case 3:
			a.call(pick(a, "PUT", "DELETE"), atT+"/{name}", at+"/"+q, 204, nil)
		case 4:
			a.call("GET", atT+"/{name}/bindings", at+"/"+q+"/bindings", 200, []object{{"source", "x", "routing_key", "y"}})
		}
	}
	for _, w := range []string{"overview", "whoami", "queues", "exchanges"} {
		a.call("GET", "/api/"+w, "/api/"+w, 200, object{w, "x", "node", "y"})
	}
}
