package route

import (
	"fmt"
	"strings"
)

// rolloutDialect has features of projects, environments by name, and tags with a type and a value.
func rolloutDialect(a *api) {
	projects := []string{"default", a.id(styleSlug), "checkout"}
	feature := func() string {
		return pick(a, "new-checkout", "dark-mode", "beta.search", a.id(styleSlug), a.id(styleWord))
	}
	record := func(n, p string) object {
		return object{"name", n, "project", p, "type", "release", "stale", false, "createdAt", "x"}
	}
	for range 90 {
		p, f, env := pick(a, projects...), feature(), pick(a, "development", "production", "staging")
		at, atT := "/api/admin/projects/"+p+"/features/"+f, "/api/admin/projects/{project}/features/{feature}"
		switch a.r.IntN(10) {
		case 0, 1:
			a.call(pick(a, "GET", "PUT", "PATCH"), atT, at, 200, record(f, p))
		case 2:
			a.call("POST", "/api/admin/projects/{project}/features", "/api/admin/projects/"+p+"/features", 201, record(f, p))
		case 3:
			w := pick(a, "on", "off")
			a.call("POST", atT+"/environments/{environment}/"+w, at+"/environments/"+env+"/"+w, 200, nil)
		case 4:
			id := a.id(styleUUID)
			a.call(pick(a, "GET", "PUT", "DELETE"), atT+"/environments/{environment}/strategies/{id}", at+"/environments/"+env+"/strategies/"+id, 200,
				object{"id", id, "name", "flexibleRollout", "constraints", "x"})
		case 5:
			a.call("POST", atT+"/environments/{environment}/strategies", at+"/environments/"+env+"/strategies", 200,
				object{"id", a.id(styleUUID), "name", "default", "constraints", "x"})
		case 6:
			a.call("DELETE", "/api/admin/features/{feature}/tags/{type}/{value}",
				"/api/admin/features/"+f+"/tags/"+pick(a, "simple", "team")+"/"+pick(a, "frontend", "payments", a.id(styleWord)), 200, nil)
		case 7:
			a.call(pick(a, "GET", "POST"), "/api/admin/features/{feature}/tags", "/api/admin/features/"+f+"/tags", 200,
				object{"version", "1", "tags", []object{{"type", "simple", "value", "frontend"}}})
		case 8:
			w := pick(a, "toggle/on", "toggle/off", "sort-order")
			w, _, _ = strings.Cut(w, "-")
			if strings.HasPrefix(w, "toggle") {
				a.call("POST", "/api/admin/environments/{name}/"+strings.ReplaceAll(w, "toggle/", ""), "/api/admin/environments/"+env+"/"+strings.ReplaceAll(w, "toggle/", ""), 204, nil)
			} else {
				a.call("PUT", "/api/admin/environments/sort-order", "/api/admin/environments/sort-order", 200, nil)
			}
		case 9:
			t := pick(a, "simple", "team", a.id(styleWord))
			a.call(pick(a, "GET", "PUT", "DELETE"), "/api/admin/tag-types/{name}", "/api/admin/tag-types/"+t, 200,
				object{"name", t, "description", "x", "icon", "T"})
		}
	}
	for _, w := range []string{"projects", "environments", "strategies", "segments", "tag-types", "user", "ui-config", "client-metrics/seen-apps"} {
		a.call("GET", "/api/admin/"+w, "/api/admin/"+w, 200, object{"version", "1", strings.ReplaceAll(w, "-", ""), "x"})
	}
}

// stagesDialect has stages of APIs, methods in capitals, status codes and the values of tags.
func stagesDialect(a *api) {
	rest := func() string { return strings.ToLower(a.base32(10)) }
	apis, resources := []string{rest(), rest(), rest()}, []string{rest()[:6], rest()[:6], rest()[:6]}
	for range 90 {
		r, res := pick(a, apis...), pick(a, resources...)
		verb, stage, code := pick(a, "GET", "POST", "ANY"), pick(a, "prod", "dev", "v1"), pick(a, "200", "400")
		at, atT := "/restapis/"+r, "/restapis/{restApiId}"
		method, methodT := at+"/resources/"+res+"/methods/"+verb, atT+"/resources/{resourceId}/methods/{httpMethod}"
		switch a.r.IntN(10) {
		case 0:
			a.call(pick(a, "GET", "PATCH", "DELETE"), atT, at, 200, object{"id", r, "name", a.name(), "createdDate", "x"})
		case 1:
			a.call("GET", atT+"/resources/{resourceId}", at+"/resources/"+res, 200, object{"id", res, "path", "/x", "pathPart", "x"})
		case 2, 3:
			a.call(pick(a, "GET", "PUT", "DELETE"), methodT, method, 200, object{"httpMethod", verb, "authorizationType", "NONE", "apiKeyRequired", false})
		case 4:
			a.call(pick(a, "GET", "PUT"), methodT+"/integration", method+"/integration", 200, object{"type", "MOCK", "passthroughBehavior", "x"})
		case 5:
			a.call(pick(a, "GET", "PUT"), methodT+"/responses/{statusCode}", method+"/responses/"+code, 200, object{"statusCode", code, "responseModels", "x"})
		case 6:
			a.call("PUT", methodT+"/integration/responses/{statusCode}", method+"/integration/responses/"+code, 200, object{"statusCode", code, "selectionPattern", "x"})
		case 7:
			a.call(pick(a, "GET", "PATCH"), atT+"/stages/{stageName}", at+"/stages/"+stage, 200, object{"deploymentId", rest()[:6], "stageName", stage, "cacheClusterEnabled", false})
		case 8:
			w := pick(a, "authorizers", "validate")
			if w == "authorizers" {
				w, id := pick(a, "deployments", "authorizers", "models"), rest()[:6]
				a.call("GET", atT+"/"+w+"/{id}", at+"/"+w+"/"+id, 200, object{"id", id, w + "Kind", "x"})
			} else {
				a.call("GET", atT+"/stages/{stageName}/exports/{exportType}", at+"/stages/"+stage+"/exports/"+pick(a, "oas30", "swagger"), 200, object{"openapi", "3.0.1", "paths", "x"})
			}
		case 9:
			w := pick(a, "stages", "resources", "deployments", "models", "authorizers")
			a.call("GET", atT+"/"+w, at+"/"+w, 200, object{"item", []object{{"id", rest()[:6], w, "x"}}})
		}
	}
	for _, w := range []string{"restapis", "usageplans", "apikeys", "domainnames", "account"} {
		a.call("GET", "/"+w, "/"+w, 200, object{"item", []object{{"id", rest(), w, "x"}}})
	}
}

// linesDialect has capitalized singular nouns, ids of words, and lists of modes with commas.
func linesDialect(a *api) {
	lines := []string{"victoria", "central", "jubilee", "dlr", "24", "northern", "victoria,central"}
	stop := func() string { return pick(a, "940GZZLU", "490000") + strings.ToUpper(a.base32(3)) }
	line := func(id string) object {
		return object{"$type", "Line", "id", id, "modeName", "tube", "lineStatuses", "x"}
	}
	for range 90 {
		l, s := pick(a, lines...), stop()
		modes := pick(a, "tube", "bus", "tube,dlr", "overground")
		switch a.r.IntN(10) {
		case 0:
			a.call("GET", "/Line/{ids}", "/Line/"+l, 200, []object{line(l)})
		case 1, 2:
			w := pick(a, "Status", "Disruption", "Route", "StopPoints", "Arrivals")
			a.call("GET", "/Line/{id}/"+w, "/Line/"+l+"/"+w, 200, []object{{"$type", w, "lineId", l, w, "x"}})
		case 3:
			a.call("GET", "/Line/Mode/{modes}", "/Line/Mode/"+modes, 200, []object{line("victoria"), line("central")})
		case 4:
			a.call("GET", "/Line/Mode/{modes}/Status", "/Line/Mode/"+modes+"/Status", 200, []object{line("victoria"), line("dlr")})
		case 5:
			a.call("GET", "/StopPoint/{id}", "/StopPoint/"+s, 200, object{"$type", "StopPoint", "naptanId", s, "commonName", "x"})
		case 6:
			w := pick(a, "Arrivals", "Disruption", "Route")
			a.call("GET", "/StopPoint/{id}/"+w, "/StopPoint/"+s+"/"+w, 200, []object{{"$type", w, "naptanId", s, w, "x"}})
		case 7:
			a.call("GET", "/StopPoint/Mode/{modes}/Disruption", "/StopPoint/Mode/"+modes+"/Disruption", 200, []object{{"$type", "d", "description", "x"}})
		case 8:
			a.call("GET", "/Line/{id}/Timetable/{from}", "/Line/"+l+"/Timetable/"+s, 200, object{"lineId", l, "lineName", "x", "timetable", "y"})
		case 9:
			b := fmt.Sprintf("BikePoints_%d", 1+a.r.IntN(800))
			a.call("GET", "/BikePoint/{id}", "/BikePoint/"+b, 200, object{"$type", "Place", "id", b, "commonName", "x"})
		}
	}
	for _, w := range []string{"Line/Meta/Modes", "Line/Meta/Severity", "StopPoint/Meta/Categories", "BikePoint", "BikePoint/Search", "AirQuality", "Line/Search/victoria"} {
		a.call("GET", "/"+strings.Replace(w, "victoria", "{query}", 1), "/"+w, 200, []object{{"$type", "x", w, "y"}})
	}
}

// beaconDialect has slots, hashes and words for states and blocks at one place.
func beaconDialect(a *api) {
	for range 90 {
		state := pick(a, "head", "head", "finalized", "justified", "genesis", a.id(styleInt), "0x"+a.hex(64))
		block := pick(a, "head", "finalized", a.id(styleInt), "0x"+a.hex(64))
		meta := func(data any) object { return object{"execution_optimistic", false, "finalized", false, "data", data} }
		at, atT := "/eth/v1/beacon/states/"+state, "/eth/v1/beacon/states/{state_id}"
		switch a.r.IntN(9) {
		case 0:
			a.call("GET", atT+"/root", at+"/root", 200, meta(object{"root", "0x" + a.hex(64)}))
		case 1:
			w := pick(a, "fork", "finality_checkpoints", "committees", "validator_balances")
			a.call("GET", atT+"/"+w, at+"/"+w, 200, meta(object{w, "x"}))
		case 2:
			v := pick(a, a.id(styleSmall), "0x"+a.hex(96))
			a.call("GET", atT+"/validators/{validator_id}", at+"/validators/"+v, 200, meta(object{"index", v, "balance", "1", "status", "active"}))
		case 3:
			a.call(pick(a, "GET", "POST"), atT+"/validators", at+"/validators", 200, meta([]object{{"index", "1", "balance", "1", "status", "active"}}))
		case 4:
			a.call("GET", "/eth/v2/beacon/blocks/{block_id}", "/eth/v2/beacon/blocks/"+block, 200, object{"version", "deneb", "data", object{"message", "x", "signature", "y"}})
		case 5:
			a.call("GET", "/eth/v1/beacon/headers/{block_id}", "/eth/v1/beacon/headers/"+block, 200, meta(object{"root", "0x" + a.hex(64), "canonical", true}))
		case 6:
			w := pick(a, "root", "attestations")
			a.call("GET", "/eth/v1/beacon/blocks/{block_id}/"+w, "/eth/v1/beacon/blocks/"+block+"/"+w, 200, meta(object{w, "x"}))
		case 7:
			p := "16Uiu2HAm" + a.base62(40)
			a.call("GET", "/eth/v1/node/peers/{peer_id}", "/eth/v1/node/peers/"+p, 200, object{"data", object{"peer_id", p, "state", "connected"}})
		case 8:
			w := pick(a, "attester", "proposer", "sync")
			a.call(pick(a, "GET", "POST"), "/eth/v1/validator/duties/"+w+"/{epoch}", "/eth/v1/validator/duties/"+w+"/"+a.id(styleInt), 200,
				object{"dependent_root", "x", "data", []object{{w + "_index", "7"}}})
		}
	}
	for _, w := range []string{"node/version", "node/syncing", "node/identity", "node/peers", "node/peer_count", "config/spec", "config/fork_schedule", "beacon/genesis", "beacon/pool/attestations", "beacon/pool/voluntary_exits"} {
		a.call("GET", "/eth/v1/"+w, "/eth/v1/"+w, 200, object{"data", object{strings.ReplaceAll(w, "/", "_"), "x"}})
	}
}

// processesDialect has singular nouns with dashes, definitions by key or id, and actions.
func processesDialect(a *api) {
	keys := []string{"invoice", "loan-approval", "onboarding", a.id(styleWord)}
	for range 90 {
		key, id := pick(a, keys...), a.id(styleUUID)
		def := pick(a, keys...) + ":" + a.id(styleSmall) + ":" + a.id(styleUUID)
		definition := object{"id", def, "key", key, "version", "1", "suspended", false}
		switch a.r.IntN(10) {
		case 0:
			a.call("GET", "/engine-rest/process-definition/{id}", "/engine-rest/process-definition/"+def, 200, definition)
		case 1:
			w := pick(a, "xml", "start-form", "statistics", "form-variables")
			a.call("GET", "/engine-rest/process-definition/{id}/"+w, "/engine-rest/process-definition/"+def+"/"+w, 200, object{w, "x", "id", def})
		case 2:
			a.call("GET", "/engine-rest/process-definition/key/{key}", "/engine-rest/process-definition/key/"+key, 200, definition)
		case 3:
			w := pick(a, "start", "submit-form")
			a.call("POST", "/engine-rest/process-definition/key/{key}/"+w, "/engine-rest/process-definition/key/"+key+"/"+w, 200,
				object{"id", id, "definitionId", def, "ended", false})
		case 4:
			a.call(pick(a, "GET", "DELETE"), "/engine-rest/process-instance/{id}", "/engine-rest/process-instance/"+id, 200, object{"id", id, "definitionId", def, "ended", false})
		case 5:
			v := pick(a, "amount", "approved", "creditor", a.id(styleWord))
			a.call(pick(a, "GET", "PUT", "DELETE"), "/engine-rest/process-instance/{id}/variables/{varName}", "/engine-rest/process-instance/"+id+"/variables/"+v, 200,
				object{"value", "30", "type", "String", "valueInfo", "x"})
		case 6:
			w := pick(a, "claim", "unclaim", "complete", "assignee")
			a.call("POST", "/engine-rest/task/{id}/"+w, "/engine-rest/task/"+id+"/"+w, 204, nil)
		case 7:
			a.call(pick(a, "GET", "PUT"), "/engine-rest/task/{id}", "/engine-rest/task/"+id, 200, object{"id", id, "name", "Approve", "assignee", "demo"})
		case 8:
			u := pick(a, "demo", "john", a.id(styleWord))
			a.call("GET", "/engine-rest/user/{id}/profile", "/engine-rest/user/"+u+"/profile", 200, object{"id", u, "firstName", "x", "email", "y"})
		case 9:
			g, u := pick(a, "accounting", "sales", "management"), pick(a, "demo", "john", "mary")
			a.call(pick(a, "PUT", "DELETE"), "/engine-rest/group/{id}/members/{userId}", "/engine-rest/group/"+g+"/members/"+u, 204, nil)
		}
	}
	for _, w := range []string{"process-definition", "process-definition/count", "process-instance/count", "task", "task/count", "deployment", "user", "user/count", "group", "engine", "history/process-instance", "history/task/count"} {
		a.call("GET", "/engine-rest/"+w, "/engine-rest/"+w, 200, object{strings.ReplaceAll(w, "/", "_"), "7"})
	}
	a.call("POST", "/engine-rest/deployment/create", "/engine-rest/deployment/create", 200, object{"id", a.id(styleUUID), "deployedProcessDefinitions", "x"})
	a.call("POST", "/engine-rest/message", "/engine-rest/message", 204, nil)
}

// edgeConfigDialect has versions of services, with backends and domains by name below singular nouns.
func edgeConfigDialect(a *api) {
	services := []string{a.base62(22), a.base62(22), a.base62(22)}
	for range 90 {
		s, v := pick(a, services...), a.id(styleSmall)
		at, atT := "/service/"+s, "/service/{service_id}"
		ver, verT := at+"/version/"+v, atT+"/version/{version_id}"
		switch a.r.IntN(9) {
		case 0:
			a.call(pick(a, "GET", "PUT"), atT, at, 200, object{"id", s, "name", a.name(), "customer_id", a.base62(22)})
		case 1:
			a.call("GET", verT, ver, 200, object{"service_id", s, "number", v, "active", false, "locked", false})
		case 2:
			w := pick(a, "activate", "deactivate", "lock", "clone")
			a.call("PUT", verT+"/"+w, ver+"/"+w, 200, object{"service_id", s, "number", v, "active", false, "locked", false})
		case 3, 4:
			n := pick(a, "origin", "origin_0", "Host%201", "api-backend", a.id(styleWord))
			w := pick(a, "backend", "condition", "header", "gzip")
			a.call(pick(a, "GET", "PUT", "DELETE"), verT+"/"+w+"/{name}", ver+"/"+w+"/"+n, 200,
				object{"name", strings.ReplaceAll(n, "%20", " "), "service_id", s, "version", v, w + "_type", "x"})
		case 5:
			d := "www." + a.word(2) + ".com"
			a.call(pick(a, "GET", "DELETE"), verT+"/domain/{domain_name}", ver+"/domain/"+d, 200, object{"name", d, "service_id", s, "version", v})
		case 6:
			w := pick(a, "backend", "domain", "condition", "header", "settings", "validate", "vcl")
			a.call("GET", verT+"/"+w, ver+"/"+w, 200, object{w, "x", "service_id", s})
		case 7:
			d, k := a.base62(22), pick(a, "greeting", "ttl", a.id(styleWord))
			a.call(pick(a, "GET", "PUT", "PATCH", "DELETE"), atT+"/dictionary/{dictionary_id}/item/{key}", at+"/dictionary/"+d+"/item/"+k, 200,
				object{"dictionary_id", d, "item_key", k, "item_value", "x"})
		case 8:
			w := pick(a, "purge_all", "purge/"+a.id(styleWord), "purge/key-"+a.id(styleSmall))
			a.call("POST", atT+"/"+pick(a, strings.Split(w, "/")[0])+map[bool]string{true: "/{surrogate_key}"}[strings.Contains(w, "/")], at+"/"+w, 200, object{"status", "ok", "id", "7-1"})
		}
	}
	for _, w := range []string{"service", "service/search", "current_user", "customer", "tokens", "tokens/self", "public-ip-list", "datacenters"} {
		a.call("GET", "/"+w, "/"+w, 200, object{w, "x"})
	}
}
