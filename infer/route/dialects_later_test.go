package route

import "strings"

// surveyDialect has elements of a map below singular nouns, their versions as integers, a version of
// the API that is a dotted number, and words of its own beside identifiers.
func surveyDialect(a *api) {
	wrap := func(key string, o object) object {
		return object{"version", "0.6", "generator", "x", key, []object{o}}
	}
	for range 90 {
		kind, id := pick(a, "node", "way", "relation"), a.id(styleInt)
		at, atT := "/api/0.6/"+kind+"/"+id, "/api/0.6/"+kind+"/{id}"
		element := object{"type", kind, "id", id, "changeset", a.id(styleInt), "user", a.name(), "visible", "true"}
		switch a.r.IntN(12) {
		case 0, 1:
			a.call(pick(a, "GET", "PUT", "DELETE"), atT, at, 200, wrap("elements", element))
		case 2:
			a.call("GET", atT+"/history", at+"/history", 200, wrap("elements", element))
		case 3:
			a.call("GET", atT+"/{version}", at+"/"+a.id(styleSmall), 200, wrap("elements", element))
		case 4:
			a.call("GET", atT+"/relations", at+"/relations", 200, wrap("elements", element))
		case 5:
			if kind != "node" {
				a.call("GET", atT+"/full", at+"/full", 200, wrap("elements", element))
			}
		case 6:
			c := a.id(styleInt)
			a.call(pick(a, "GET", "PUT"), "/api/0.6/changeset/{id}", "/api/0.6/changeset/"+c, 200,
				wrap("changeset", object{"id", c, "open", "x", "comments_count", "1"}))
		case 7:
			w := pick(a, "close", "upload", "comment", "subscribe")
			a.call(map[string]string{"close": "PUT", "upload": "POST", "comment": "POST", "subscribe": "POST"}[w],
				"/api/0.6/changeset/{id}/"+w, "/api/0.6/changeset/"+a.id(styleInt)+"/"+w, 200, nil)
		case 8:
			u := a.id(styleInt)
			a.call("GET", "/api/0.6/user/{id}", "/api/0.6/user/"+u, 200,
				object{"version", "0.6", "user", object{"id", u, "display_name", a.name(), "account_created", "x"}})
		case 9:
			k := pick(a, "theme", "language", "editor.default", a.word(2))
			a.call(pick(a, "GET", "PUT"), "/api/0.6/user/preferences/{key}", "/api/0.6/user/preferences/"+k, 200, nil)
		case 10:
			g := a.id(styleInt)
			w := pick(a, "details", "data")
			a.call("GET", "/api/0.6/gpx/{id}/"+w, "/api/0.6/gpx/"+g+"/"+w, 200, wrap("trace", object{"id", g, "name", "x"}))
		case 11:
			n := a.id(styleInt)
			w := pick(a, "", "/comment", "/close", "/reopen")
			a.call(map[bool]string{true: "GET", false: "POST"}[w == ""], "/api/0.6/notes/{id}"+w, "/api/0.6/notes/"+n+w, 200,
				object{"type", "Feature", "properties", object{"id", n, "status", "open"}})
		}
	}
	for _, w := range []string{"capabilities", "map", "permissions", "user/details", "user/preferences", "user/gpx_files",
		"trackpoints", "notes", "notes/search"} {
		a.call("GET", "/api/0.6/"+w, "/api/0.6/"+w, 200, object{"version", "0.6", w, "x"})
	}
	a.call("PUT", "/api/0.6/changeset/create", "/api/0.6/changeset/create", 200, nil)
}

// sobjectsDialect has capitalized types of objects with records, descriptions and lookups by fields
// of the customer's own.
func sobjectsDialect(a *api) {
	types := []string{"Account", "Contact", "Opportunity", "Lead", "Case", "Invoice__c"}
	fields := map[string]string{"Account": "ErpId__c", "Contact": "Email", "Invoice__c": "Number__c"}
	for range 90 {
		t := pick(a, types...)
		id := "00" + strings.ToUpper(a.base32(1)) + "5g00000" + a.base62(8)
		at, atT := "/services/data/v58.0/sobjects/"+t, "/services/data/v58.0/sobjects/{sobject}"
		record := object{"attributes", object{"type", t, "url", at + "/" + id}, "Id", id, "Name", a.name(), "OwnerId", "005" + a.base62(12)}
		switch a.r.IntN(10) {
		case 0, 1, 2:
			a.call("GET", atT+"/{id}", at+"/"+id, 200, record)
		case 3:
			a.call(pick(a, "PATCH", "DELETE"), atT+"/{id}", at+"/"+id, 204, nil)
		case 4:
			a.call("POST", atT, at, 201, object{"id", id, "success", "true", "errors", []object{}})
		case 5:
			a.call("GET", atT+"/describe", at+"/describe", 200,
				object{"name", t, "label", t, "fields", []object{{"name", "Id", "type", "id"}}})
		case 6:
			a.call("GET", atT, at, 200, object{"objectDescribe", object{"name", t, "label", "x"}, "recentItems", []object{record}})
		case 7:
			if f := fields[t]; f != "" {
				v := pick(a, "E-"+a.id(styleInt), a.id(styleInt))
				a.call(pick(a, "GET", "PATCH"), atT+"/{field}/{value}", at+"/"+f+"/"+v, 200, record)
			}
		case 8:
			j := "750" + a.base62(15)
			w := pick(a, "", "/batches", "/successfulResults", "/failedResults")
			a.call("GET", "/services/data/v58.0/jobs/ingest/{id}"+w, "/services/data/v58.0/jobs/ingest/"+j+w, 200,
				object{"id", j, "state", "Open", "object", t})
		case 9:
			a.call("GET", "/services/data/v58.0/query/{id}", "/services/data/v58.0/query/01g"+a.base62(12)+"-2000", 200,
				object{"totalSize", "1", "done", "true", "records", []object{record}})
		}
	}
	for _, w := range []string{"sobjects", "query", "search", "limits", "recent", "jobs/ingest", "tabs", "theme", "composite"} {
		m := map[bool]string{true: "POST", false: "GET"}[w == "composite"]
		a.call(m, "/services/data/v58.0/"+w, "/services/data/v58.0/"+w, 200, object{"encoding", "UTF-8", w, "x"})
	}
}

// schedulerDialect has singular nouns for items and plural ones for their lists, jobs by name, and
// actions behind them.
func schedulerDialect(a *api) {
	var jobs []string
	for range 5 {
		jobs = append(jobs, pick(a, "web", "worker", "cache", a.word(2), a.id(styleSlug), "nightly-backup"))
	}
	for range 100 {
		j, n, alloc := pick(a, jobs...), a.id(styleUUID), a.id(styleUUID)
		switch a.r.IntN(13) {
		case 0, 1:
			a.call(pick(a, "GET", "POST", "DELETE"), "/v1/job/{job}", "/v1/job/"+j, 200,
				object{"ID", j, "Name", j, "Type", "service", "Status", "running"})
		case 2, 3:
			w := pick(a, "allocations", "evaluations", "deployments", "versions")
			a.call("GET", "/v1/job/{job}/"+w, "/v1/job/"+j+"/"+w, 200,
				[]object{{"ID", a.id(styleUUID), "JobID", j, "Namespace", "default", w, "x"}})
		case 4:
			w := pick(a, "plan", "dispatch", "revert", "scale", "evaluate")
			a.call("POST", "/v1/job/{job}/"+w, "/v1/job/"+j+"/"+w, 200, object{"EvalID", a.id(styleUUID), "JobModifyIndex", "7"})
		case 5:
			a.call("GET", "/v1/node/{id}", "/v1/node/"+n, 200, object{"ID", n, "Name", a.word(2), "Datacenter", "dc1"})
		case 6:
			w := pick(a, "drain", "eligibility", "purge")
			a.call("POST", "/v1/node/{id}/"+w, "/v1/node/"+n+"/"+w, 200, object{"NodeModifyIndex", "3", "EvalIDs", "x"})
		case 7:
			a.call("GET", "/v1/allocation/{id}", "/v1/allocation/"+alloc, 200, object{"ID", alloc, "JobID", j, "NodeID", n})
		case 8:
			w := pick(a, "cat", "ls", "stat", "logs")
			a.call("GET", "/v1/client/fs/"+w+"/{alloc}", "/v1/client/fs/"+w+"/"+alloc, 200, []object{{"Name", "x", "Size", "1"}})
		case 9:
			e := a.id(styleUUID)
			a.call("GET", "/v1/evaluation/{id}", "/v1/evaluation/"+e, 200, object{"ID", e, "JobID", j, "Type", "service"})
		case 10:
			p := pick(a, "dev", "readonly", "ops", a.word(2))
			a.call(pick(a, "GET", "POST", "DELETE"), "/v1/acl/policy/{name}", "/v1/acl/policy/"+p, 200,
				object{"Name", p, "Description", "x", "Rules", "y"})
		case 11:
			w := pick(a, "default", "prod", a.word(2))
			a.call(pick(a, "GET", "POST"), "/v1/namespace/{name}", "/v1/namespace/"+w, 200, object{"Name", w, "Description", "x", "Quota", "y"})
		case 12:
			w := pick(a, "promote", "fail", "pause")
			a.call("POST", "/v1/deployment/"+w+"/{id}", "/v1/deployment/"+w+"/"+n, 200, object{"EvalID", a.id(styleUUID), "Index", "1"})
		}
	}
	for _, w := range []string{"jobs", "nodes", "allocations", "evaluations", "deployments", "namespaces", "acl/policies", "status/leader",
		"status/peers", "agent/self", "agent/members", "regions", "operator/raft/configuration", "metrics"} {
		a.call("GET", "/v1/"+w, "/v1/"+w, 200, []object{{"Name", "x", w, "y"}})
	}
	a.call("POST", "/v1/jobs/parse", "/v1/jobs/parse", 200, object{"ID", "x", "TaskGroups", "y"})
}

// pressDialect has namespaces of plugins before versions, posts of types by number, and types,
// taxonomies and widgets by name.
func pressDialect(a *api) {
	post := func(id string) object {
		return object{"id", id, "slug", a.id(styleSlug), "title", object{"rendered", "x"}, "author", "1", "status", "publish"}
	}
	const root = "/wp-json/wp/v2/"
	for range 90 {
		kind, id := pick(a, "posts", "pages", "media", "comments", "categories", "tags"), a.id(styleInt)
		switch a.r.IntN(12) {
		case 0, 1, 2:
			a.call(pick(a, "GET", "POST", "DELETE"), root+kind+"/{id}", root+kind+"/"+id, 200, post(id))
		case 3:
			a.call(pick(a, "GET", "POST"), root+kind, root+kind, 200, []object{post(id)})
		case 4:
			k, r := pick(a, "posts", "pages"), a.id(styleInt)
			a.call("GET", root+k+"/{parent}/revisions/{id}", root+k+"/"+id+"/revisions/"+r, 200, object{"id", r, "parent", id, "slug", "x"})
		case 5:
			k := pick(a, "posts", "pages")
			w := pick(a, "revisions", "autosaves")
			a.call("GET", root+k+"/{parent}/"+w, root+k+"/"+id+"/"+w, 200, []object{{"id", a.id(styleInt), "parent", id, "slug", "x"}})
		case 6:
			t := pick(a, "post", "page", "attachment", "product", "nav_menu_item")
			a.call("GET", root+"types/{type}", root+"types/"+t, 200, object{"slug", t, "name", "X", "rest_base", pluralOf(t), "hierarchical", "false"})
		case 7:
			t := pick(a, "category", "post_tag", "nav_menu", "product_cat")
			a.call("GET", root+"taxonomies/{taxonomy}", root+"taxonomies/"+t, 200, object{"slug", t, "name", "X", "rest_base", "x", "types", "y"})
		case 8:
			s := pick(a, "publish", "future", "draft", "private")
			a.call("GET", root+"statuses/{status}", root+"statuses/"+s, 200, object{"slug", s, "name", "X", "public", "true"})
		case 9:
			p := pick(a, "core", "acme", a.word(2))
			b := pick(a, "paragraph", "image", "gallery", "button", "query-loop")
			a.call("GET", root+"block-types/{namespace}/{name}", root+"block-types/"+p+"/"+b, 200,
				object{"name", p + "/" + b, "title", "x", "category", "text"})
		case 10:
			u := pick(a, a.id(styleInt), "me")
			t := map[bool]string{true: "me", false: "{id}"}[u == "me"]
			a.call("GET", root+"users/"+t, root+"users/"+u, 200, object{"id", a.id(styleInt), "slug", a.name(), "link", "x"})
		case 11:
			o := a.id(styleInt)
			w := pick(a, "", "/notes", "/refunds")
			a.call("GET", "/wp-json/wc/v3/orders/{id}"+w, "/wp-json/wc/v3/orders/"+o+w, 200, object{"id", o, "total", "7", "currency", "EUR"})
		}
	}
	for _, w := range []string{"wp/v2/types", "wp/v2/taxonomies", "wp/v2/statuses", "wp/v2/settings", "wp/v2/search", "wp/v2/users",
		"wp/v2/block-types", "wc/v3/orders", "wc/v3/products", "oembed/1.0/embed", "wp-site-health/v1/tests/https-status"} {
		a.call("GET", "/wp-json/"+w, "/wp-json/"+w, 200, object{"title", "x", w, "y"})
	}
}
