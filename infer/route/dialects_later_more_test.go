package route

import (
	"fmt"
	"strings"
)

// telemetryDialect has types of entities in capitals before UUIDs, tokens of devices below a
// version, and things below the roles of those who ask.
func telemetryDialect(a *api) {
	ref := func(kind, id string) object { return object{"entityType", kind, "id", id} }
	for range 100 {
		kind, id := pick(a, "DEVICE", "ASSET", "CUSTOMER", "TENANT"), a.id(styleUUID)
		one := pick(a, "device", "asset", "dashboard", "customer")
		switch a.r.IntN(13) {
		case 0, 1:
			a.call(pick(a, "GET", "DELETE"), "/api/"+one+"/{id}", "/api/"+one+"/"+id, 200,
				object{"id", ref(strings.ToUpper(one), id), "createdTime", "x", "name", a.name(), "tenantId", ref("TENANT", a.id(styleUUID))})
		case 2:
			a.call("POST", "/api/"+one, "/api/"+one, 200,
				object{"id", ref(strings.ToUpper(one), id), "createdTime", "x", "name", a.name(), "tenantId", ref("TENANT", a.id(styleUUID))})
		case 3, 4:
			w := pick(a, "values/timeseries", "keys/timeseries", "values/attributes", "keys/attributes")
			a.call("GET", "/api/plugins/telemetry/{entityType}/{id}/"+w, "/api/plugins/telemetry/"+kind+"/"+id+"/"+w, 200,
				object{"temperature", []object{{"ts", a.id(styleInt), "value", "21"}}})
		case 5:
			s := pick(a, "SERVER_SCOPE", "SHARED_SCOPE", "CLIENT_SCOPE")
			a.call(pick(a, "POST", "DELETE"), "/api/plugins/telemetry/{entityType}/{id}/{scope}", "/api/plugins/telemetry/"+kind+"/"+id+"/"+s, 200, nil)
		case 6:
			tok := a.base62(20)
			w := pick(a, "telemetry", "attributes", "rpc")
			a.call("POST", "/api/v1/{token}/"+w, "/api/v1/"+tok+"/"+w, 200, nil)
		case 7:
			w := pick(a, "oneway", "twoway")
			a.call("POST", "/api/plugins/rpc/"+w+"/{deviceId}", "/api/plugins/rpc/"+w+"/"+id, 200, object{"result", "x"})
		case 8:
			a.call(pick(a, "POST", "DELETE"), "/api/customer/{customerId}/device/{deviceId}", "/api/customer/"+a.id(styleUUID)+"/device/"+id, 200,
				object{"id", ref("DEVICE", id), "name", a.name(), "customerId", ref("CUSTOMER", a.id(styleUUID))})
		case 9:
			w := pick(a, "devices", "assets", "dashboards")
			a.call("GET", "/api/customer/{customerId}/"+w, "/api/customer/"+id+"/"+w, 200, object{"data", []object{{"name", "x"}}, "totalPages", "1"})
		case 10:
			w := pick(a, "devices", "assets", "dashboards", "deviceInfos")
			a.call("GET", "/api/tenant/"+w, "/api/tenant/"+w, 200, object{"data", []object{{"name", "x", "id", ref("DEVICE", id)}}, "totalPages", "1"})
		case 11:
			w := pick(a, "ack", "clear")
			a.call("POST", "/api/alarm/{id}/"+w, "/api/alarm/"+id+"/"+w, 200, object{"id", ref("ALARM", id), "severity", "MAJOR"})
		case 12:
			a.call("GET", "/api/alarm/{entityType}/{entityId}", "/api/alarm/"+kind+"/"+id, 200,
				object{"data", []object{{"id", ref("ALARM", a.id(styleUUID)), "severity", "MAJOR"}}, "totalPages", "1"})
		}
	}
	for _, w := range []string{"auth/login", "auth/logout", "auth/token"} {
		a.call("POST", "/api/"+w, "/api/"+w, 200, object{"token", "x", "refreshToken", "y"})
	}
	for _, w := range []string{"auth/user", "tenants", "customers", "device/types", "asset/types", "alarms", "noauth/userPasswordPolicy",
		"admin/updates", "components/FILTER"} {
		t := strings.Replace(w, "FILTER", "{componentType}", 1)
		a.call("GET", "/api/"+t, "/api/"+w, 200, object{w, "x", "name", "y"})
	}
}

// conveyorDialect names everything: teams, pipelines, their jobs and resources, and numbers builds
// of jobs.
func conveyorDialect(a *api) {
	teams := []string{"main", a.word(2), pick(a, "platform", "search", "payments")}
	var pipes []string
	for range 4 {
		pipes = append(pipes, pick(a, "deploy", "release", a.word(2), a.id(styleSlug), "nightly"))
	}
	jobs, resources := []string{"unit", "build-image", "ship", "lint"}, []string{"repo", "image", "version", "every-day"}
	for range 100 {
		t, p, j, r := pick(a, teams...), pick(a, pipes...), pick(a, jobs...), pick(a, resources...)
		at, atT := "/api/v1/teams/"+t+"/pipelines/"+p, "/api/v1/teams/{team}/pipelines/{pipeline}"
		pipe := object{"id", a.id(styleSmall), "name", p, "paused", "false", "team_name", t}
		b := a.id(styleInt)
		build := object{"id", b, "name", "7", "status", "started", "job_name", j, "pipeline_name", p, "team_name", t}
		switch a.r.IntN(13) {
		case 0, 1:
			a.call(pick(a, "GET", "DELETE"), atT, at, 200, pipe)
		case 2:
			w := pick(a, "pause", "unpause", "expose", "hide", "archive")
			a.call("PUT", atT+"/"+w, at+"/"+w, 200, nil)
		case 3:
			a.call(pick(a, "GET", "PUT"), atT+"/config", at+"/config", 200, object{"config", object{"groups", "x"}})
		case 4, 5:
			a.call("GET", atT+"/jobs/{job}", at+"/jobs/"+j, 200, object{"id", a.id(styleSmall), "name", j, "pipeline_name", p, "team_name", t})
		case 6:
			a.call(pick(a, "GET", "POST"), atT+"/jobs/{job}/builds", at+"/jobs/"+j+"/builds", 200, build)
		case 7:
			a.call("GET", atT+"/jobs/{job}/builds/{build}", at+"/jobs/"+j+"/builds/"+a.id(styleSmall), 200, build)
		case 8:
			a.call("GET", atT+"/resources/{resource}", at+"/resources/"+r, 200, object{"name", r, "type", "git", "pipeline_name", p, "team_name", t})
		case 9:
			w := pick(a, "check", "versions")
			a.call(map[string]string{"check": "POST", "versions": "GET"}[w], atT+"/resources/{resource}/"+w, at+"/resources/"+r+"/"+w, 200,
				[]object{{"id", a.id(styleSmall), "status", "x"}})
		case 10:
			w := pick(a, "", "/plan", "/events", "/resources")
			a.call("GET", "/api/v1/builds/{id}"+w, "/api/v1/builds/"+b+w, 200, build)
		case 11:
			w := pick(a, "jobs", "resources", "builds")
			a.call("GET", atT+"/"+w, at+"/"+w, 200, []object{{"id", a.id(styleSmall), "name", "x", "pipeline_name", p}})
		case 12:
			w := a.word(3)
			a.call("PUT", "/api/v1/workers/{worker}/"+"heartbeat", "/api/v1/workers/"+w+"/heartbeat", 200, object{"name", w, "state", "running"})
		}
	}
	for _, w := range []string{"info", "info/creds", "teams", "pipelines", "jobs", "resources", "builds", "workers", "containers", "volumes",
		"user", "log-level", "wall"} {
		a.call("GET", "/api/v1/"+w, "/api/v1/"+w, 200, []object{{"name", "x", w, "y"}})
	}
}

// packagesDialect has packages by name, their versions, people by login, and files for clients that
// install them.
func packagesDialect(a *api) {
	var crates []string
	for range 8 {
		crates = append(crates, pick(a, "serde", "rand", "log", "tokio", a.word(2), a.word(2)+"_"+a.word(1), a.id(styleSlug)))
	}
	version := func() string { return fmt.Sprintf("%d.%d.%d", a.r.IntN(3), a.r.IntN(20), a.r.IntN(9)) }
	for range 90 {
		c, v, u := pick(a, crates...), version(), pick(a, a.name(), a.word(2))
		at, atT := "/api/v1/crates/"+c, "/api/v1/crates/{crate}"
		record := object{"version", object{"id", a.id(styleInt), "crate", c, "num", v, "dl_path", at + "/" + v + "/download"}}
		switch a.r.IntN(12) {
		case 0, 1, 2:
			a.call("GET", atT, at, 200, object{"crate", object{"id", c, "name", c, "max_version", v}, "versions", []object{{"num", v, "crate", c}}})
		case 3:
			a.call("GET", atT+"/{version}", at+"/"+v, 200, record)
		case 4:
			w := pick(a, "download", "readme", "dependencies", "authors")
			a.call("GET", atT+"/{version}/"+w, at+"/"+v+"/"+w, 200, object{w, "x", "meta", "y"})
		case 5:
			w := pick(a, "owners", "versions", "reverse_dependencies", "downloads", "owner_user")
			a.call("GET", atT+"/"+w, at+"/"+w, 200, object{w, []object{{"id", a.id(styleInt), "login", u}}, "meta", "y"})
		case 6:
			w := map[string]string{"yank": "DELETE", "unyank": "PUT"}
			for _, k := range []string{pick(a, "yank", "unyank")} {
				a.call(w[k], atT+"/{version}/"+k, at+"/"+v+"/"+k, 200, object{"ok", "true"})
			}
		case 7:
			a.call(pick(a, "PUT", "DELETE"), atT+"/follow", at+"/follow", 200, object{"ok", "true"})
		case 8:
			a.call("GET", "/api/v1/users/{login}", "/api/v1/users/"+u, 200, object{"user", object{"id", a.id(styleInt), "login", u, "avatar", "x"}})
		case 9:
			k := pick(a, "web-programming", "parsing", "embedded", "no-std", "science")
			a.call("GET", "/api/v1/categories/{category}", "/api/v1/categories/"+k, 200,
				object{"category", object{"id", k, "slug", k, "crates_cnt", "7"}})
		case 10:
			k := pick(a, "async", "cli", "json", a.word(2))
			a.call("GET", "/api/v1/keywords/{keyword}", "/api/v1/keywords/"+k, 200, object{"keyword", object{"id", k, "crates_cnt", "7"}})
		case 11:
			t := a.id(styleInt)
			a.call("DELETE", "/api/v1/me/tokens/{id}", "/api/v1/me/tokens/"+t, 200, object{"ok", "true"})
		}
	}
	for _, w := range []string{"crates", "categories", "keywords", "category_slugs", "summary", "me", "me/updates", "me/tokens", "site_metadata"} {
		a.call("GET", "/api/v1/"+w, "/api/v1/"+w, 200, object{w, "x", "meta", "y"})
	}
	a.call("PUT", "/api/v1/crates/new", "/api/v1/crates/new", 200, object{"crate", object{"id", "x", "name", "y"}, "warnings", "z"})
}

// telecomDialect has services with versions of their own, singular nouns in camel case, and bodies
// that refer to other things by identifier, link and type.
func telecomDialect(a *api) {
	services := [][]string{{"productOrderingManagement/v4", "productOrder", "cancelProductOrder"}, {"customerManagement/v4", "customer"},
		{"productCatalogManagement/v4", "productOffering", "productSpecification", "category"}, {"troubleTicket/v2", "troubleTicket"},
		{"serviceInventory/v3", "service"}, {"party/v4", "individual", "organization"}, {"resourcePoolManagement/v1", "availabilityCheck"}}
	for range 90 {
		s := pick(a, services...)
		k := pick(a, s[1:]...)
		id := pick(a, a.id(styleUUID), a.id(styleInt), strings.ToUpper(a.word(1))+"-"+a.id(styleInt))
		at := "/tmf-api/" + s[0] + "/" + k
		href := func(kind, id string) object {
			return object{"id", id, "href", "https://host/tmf-api/" + s[0] + "/" + kind + "/" + id, "@referredType", kind}
		}
		body := object{"id", id, "href", "https://host" + at + "/" + id, "@type", strings.ToUpper(k[:1]) + k[1:], "state", "active",
			"relatedParty", []object{href("individual", a.id(styleInt))}, k + "Date", "x"}
		switch a.r.IntN(6) {
		case 0, 1, 2:
			a.call(pick(a, "GET", "GET", "PATCH", "DELETE"), at+"/{id}", at+"/"+id, 200, body)
		case 3:
			a.call("GET", at, at, 200, []object{body})
		case 4:
			a.call("POST", at, at, 201, body)
		case 5:
			h := "/tmf-api/" + s[0] + "/hub"
			if a.chance(.4) {
				a.call("POST", h, h, 201, object{"id", a.id(styleInt), "callback", "x"})
			} else {
				a.call("DELETE", h+"/{id}", h+"/"+a.id(styleInt), 204, nil)
			}
		}
	}
	for range 12 {
		msisdn := "+4917" + fmt.Sprint(1000000+a.r.IntN(8999999))
		w := pick(a, "balance", "bundles", "usage", "sim")
		a.call("GET", "/selfcare/v2/subscribers/{msisdn}/"+w, "/selfcare/v2/subscribers/"+msisdn+"/"+w, 200,
			object{"msisdn", msisdn, w, "x", "currency", "EUR"})
		sim := "894902" + fmt.Sprint(1000000000+a.r.IntN(899999999)) + fmt.Sprint(100+a.r.IntN(899))
		x := pick(a, "activate", "suspend", "swap")
		a.call("POST", "/selfcare/v2/sims/{iccid}/"+x, "/selfcare/v2/sims/"+sim+"/"+x, 202, object{"requestId", a.id(styleUUID), "status", "x"})
		c := pick(a, "DE", "FR", "AT", "CH")
		a.call("GET", "/selfcare/v2/roaming/{country}/tariffs", "/selfcare/v2/roaming/"+c+"/tariffs", 200, object{"country", c, "tariffs", "x"})
	}
}
