package route

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// base62 returns n random letters and digits.
func (a *api) base62(n int) string {
	const chars = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	b := make([]byte, n)
	for i := range b {
		b[i] = chars[a.r.IntN(len(chars))]
	}
	return string(b)
}

// botDialect has methods below the token of a bot, and files of it.
func botDialect(a *api) {
	var tokens []string
	for range 1 + a.r.IntN(2) {
		tokens = append(tokens, fmt.Sprintf("%d:AA%s", 100000000+a.r.IntN(900000000), a.base62(33)))
	}
	for _, m := range strings.Fields("getMe getUpdates sendMessage sendPhoto editMessageText deleteMessage getFile setWebhook") {
		for range 1 + a.r.IntN(5) {
			a.call(pick(a, "GET", "POST"), "/{token}/"+m, "/bot"+pick(a, tokens...)+"/"+m, 200,
				object{"ok", "true", "result", object{"message_id", a.id(styleInt), "username", a.name()}})
		}
	}
	for range 5 {
		dir := pick(a, "photos", "documents")
		a.call("GET", "/file/{token}/"+dir+"/{file}", fmt.Sprintf("/file/bot%s/%s/file_%d.%s", pick(a, tokens...), dir,
			a.r.IntN(90), "jpg"), 200, nil)
	}
}

// recordsDialect has types in capitals, versions of records, and operations behind a dollar sign.
func recordsDialect(a *api) {
	root := pick(a, "/fhir", "/fhir/R4", "/r4", "/api/FHIR/R4")
	style := pick(a, styleInt, styleUUID, styleSmall)
	for _, kind := range strings.Fields("Patient Observation Encounter MedicationRequest Practitioner")[:3+a.r.IntN(3)] {
		at := root + "/" + kind
		var ids []string
		for range 4 {
			ids = append(ids, a.id(style))
		}
		bundle := object{"resourceType", "Bundle", "type", "searchset", "entry", []object{{"resource", object{"resourceType", kind, "id", ids[0]}}}}
		for range 3 {
			a.call("GET", at, at, 200, bundle)
		}
		a.call("POST", at, at, 201, object{"resourceType", kind, "id", ids[0]})
		a.call("POST", at+"/_search", at+"/_search", 200, bundle)
		a.call("POST", at+"/$validate", at+"/$validate", 200, object{"resourceType", "OperationOutcome", "issue", "x"})
		for range 10 {
			id := pick(a, ids...)
			item := object{"resourceType", kind, "id", id, "meta", object{"versionId", "2"}}
			switch a.r.IntN(5) {
			case 0, 1:
				a.call(pick(a, "GET", "PUT", "DELETE"), at+"/{id}", at+"/"+id, 200, item)
			case 2:
				a.call("GET", at+"/{id}/_history", at+"/"+id+"/_history", 200, bundle)
			case 3:
				a.call("GET", at+"/{id}/_history/{version}", fmt.Sprint(at, "/", id, "/_history/", 1+a.r.IntN(4)), 200, item)
			case 4:
				a.call("GET", at+"/{id}/$everything", at+"/"+id+"/$everything", 200, bundle)
			}
		}
	}
	a.call("GET", root+"/metadata", root+"/metadata", 200, object{"resourceType", "CapabilityStatement", "status", "active"})
}

// bucketsDialect has buckets at the root, and keys with slashes in them. Bodies are of no known kind.
func bucketsDialect(a *api) {
	a.call("GET", "/", "/", 200, object{"Name", "x", "Owner", "y"})
	for range 5 + a.r.IntN(3) {
		bucket := a.id(pick(a, styleSlug, styleSlug, styleNumber))
		dirs := a.folders()
		var list []object
		for range 16 {
			f := a.file(dirs)
			list = append(list, object{"Key", f, "Size", "7"})
			switch m := pick(a, "GET", "GET", "PUT", "HEAD", "DELETE"); m {
			default:
				a.call(m, "/{bucket}/{path}", "/"+bucket+"/"+f, 200, nil)
			}
		}
		for range 2 {
			a.call("GET", "/{bucket}", "/"+bucket, 200, object{"Name", bucket, "KeyCount", "9", "Contents", list})
		}
		a.call("PUT", "/{bucket}", "/"+bucket, 200, nil)
	}
}

// directoryDialect has users and groups of a directory, with the names of schemas as values.
func directoryDialect(a *api) {
	root := pick(a, "/scim/v2", "/scim", "/api/scim/v2")
	for _, kind := range []string{"Users", "Groups"} {
		at := root + "/" + kind
		list := object{"totalResults", "3", "Resources", []object{{"id", a.id(styleUUID), "userName", a.name()}}}
		for range 2 {
			a.call("GET", at, at, 200, list)
			a.call("POST", at+"/.search", at+"/.search", 200, list)
		}
		a.call("POST", at, at, 201, object{"id", a.id(styleUUID), "userName", a.name()})
		for range 7 {
			id := a.id(styleUUID)
			a.call(pick(a, "GET", "PATCH", "PUT", "DELETE"), at+"/{id}", at+"/"+id, 200, object{"id", id, "userName", a.name()})
		}
	}
	for _, k := range []string{"User", "Group", "EnterpriseUser"} {
		urn := "urn:ietf:params:scim:schemas:core:2.0:" + k
		a.call("GET", root+"/Schemas/{id}", root+"/Schemas/"+urn, 200, object{"id", urn, "name", k, "attributes", "x"})
		a.call("GET", root+"/ResourceTypes/{name}", root+"/ResourceTypes/"+k, 200, object{"id", k, "name", k, "endpoint", "/" + k + "s"})
	}
	for _, w := range []string{"Me", "ServiceProviderConfig", "Schemas", "ResourceTypes", "Bulk"} {
		a.call(pick(a, "GET", "GET"), root+"/"+w, root+"/"+w, 200, object{"schemas", "x", w, "y"})
	}
}

// indexDialect has indices at the root, and words after an underscore for what to do with them.
func indexDialect(a *api) {
	var indices []string
	for range 4 + a.r.IntN(3) {
		indices = append(indices, pick(a, a.noun(), a.word(2)+"-"+a.noun(), fmt.Sprintf("logs-2024.05.%02d", 1+a.r.IntN(28)),
			fmt.Sprintf("%s-v%d", a.noun(), 1+a.r.IntN(4))))
	}
	for range 50 {
		x := pick(a, indices...)
		id := a.id(pick(a, styleInt, styleToken, styleUUID))
		at, atT := "/"+x, "/{index}"
		doc := object{"_index", x, "_id", id, "_version", "1", "result", "updated"}
		hits := object{"took", "3", "hits", object{"total", "3", "hits", []object{{"_index", x, "_id", id, "_score", "1"}}}}
		switch a.r.IntN(8) {
		case 0, 1:
			a.call(pick(a, "GET", "PUT", "DELETE"), atT+"/_doc/{id}", at+"/_doc/"+id, 200, doc)
		case 2, 3:
			a.call(pick(a, "GET", "POST"), atT+"/_search", at+"/_search", 200, hits)
		case 4:
			a.call("POST", atT+"/_update/{id}", at+"/_update/"+id, 200, doc)
		case 5:
			a.call(pick(a, "GET", "PUT"), atT+"/_mapping", at+"/_mapping", 200, object{"acknowledged", "true", "n", "1"})
		case 6:
			a.call("POST", atT+"/_bulk", at+"/_bulk", 200, object{"took", "3", "errors", "false", "items", []object{{"_index", x}}})
		case 7:
			a.call(pick(a, "PUT", "DELETE", "HEAD"), atT, at, 200, object{"acknowledged", "true", "index", x})
		}
	}
	for _, w := range []string{"_cat/indices", "_cat/health", "_cluster/health", "_cluster/settings", "_bulk", "_aliases", "_search", "_nodes/stats"} {
		a.call("GET", "/"+w, "/"+w, 200, []object{{"health", "green", "status", "open", "index", indices[0]}})
	}
}

// pushDialect has a tree of values, each at a path with .json at the end, and keys that sort by time.
func pushDialect(a *api) {
	key := func() string { return "-N" + a.base62(18) }
	uid := func() string { return a.base62(28) }
	for range 8 {
		a.call(pick(a, "GET", "PATCH"), "/users/{uid}.json", "/users/"+uid()+".json", 200, object{"name", a.name(), "seen", "7"})
		room := key()
		a.call("GET", "/rooms/{room}.json", "/rooms/"+room+".json", 200, object{"title", a.name(), "owner", uid()})
		a.call("POST", "/rooms/{room}/messages.json", "/rooms/"+room+"/messages.json", 200, object{"name", key()})
		a.call(pick(a, "GET", "PUT", "DELETE"), "/rooms/{room}/messages/{message}.json", "/rooms/"+room+"/messages/"+key()+".json", 200,
			object{"text", "x", "by", uid()})
		a.call("GET", "/users/{uid}/profile/name.json", "/users/"+uid()+"/profile/name.json", 200, nil)
	}
	for _, w := range []string{"rooms", "users", "settings", "settings/theme"} {
		a.call("GET", "/"+w+".json", "/"+w+".json", 200, object{key(), "x"})
	}
}

// documentsDialect has databases at the root, and documents beside words after an underscore.
func documentsDialect(a *api) {
	dbs := map[string]bool{}
	for range 4 {
		dbs[pick(a, a.noun(), a.word(2)+"_"+a.noun(), a.word(3))] = true
	}
	a.call("GET", "/", "/", 200, object{"couchdb", "Welcome", "version", "3"})
	for _, w := range []string{"_all_dbs", "_session", "_up", "_uuids", "_active_tasks"} {
		a.call("GET", "/"+w, "/"+w, 200, object{w, "x", "ok", "true"})
	}
	for _, db := range sortedKeys(dbs) {
		at, atT := "/"+db, "/{db}"
		a.call("GET", atT, at, 200, object{"db_name", db, "doc_count", "7", "update_seq", "x"})
		a.call("PUT", atT, at, 201, object{"ok", "true"})
		for range 8 {
			id := pick(a, a.id(styleUUID), a.id(styleInt), a.id(styleWord)+":"+a.id(styleInt))
			a.call(pick(a, "GET", "PUT", "DELETE"), atT+"/{doc}", at+"/"+id, 200, object{"_id", id, "_rev", "1-x", "ok", "true"})
		}
		a.call("GET", atT+"/_all_docs", at+"/_all_docs", 200, object{"total_rows", "7", "rows", []object{{"id", a.id(styleUUID), "key", "x"}}})
		a.call("POST", atT+"/_bulk_docs", at+"/_bulk_docs", 201, []object{{"ok", "true", "id", a.id(styleUUID)}})
		a.call("POST", atT+"/_find", at+"/_find", 200, object{"docs", []object{{"_id", a.id(styleUUID)}}, "bookmark", "x"})
		for range 4 {
			design, view := pick(a, "app", "reports", a.word(2)), pick(a, "by_name", "by_date", "totals", a.word(2))
			a.call("GET", atT+"/_design/{ddoc}/_view/{view}", at+"/_design/"+design+"/_view/"+view, 200,
				object{"total_rows", "7", "offset", "0", "rows", []object{{"id", a.id(styleUUID), "key", "x"}}})
			a.call("GET", atT+"/_design/{ddoc}", at+"/_design/"+design, 200, object{"_id", "_design/" + design, "_rev", "1-x", "views", "y"})
		}
	}
}

// spelledDialect has addresses, numbers and encodings as values, each below a noun of its own.
func spelledDialect(a *api) {
	values := []struct {
		noun  string
		value func() string
	}{
		{"contacts", func() string { return a.word(2) + "@" + a.word(2) + ".example" }},
		{"phones", func() string { return fmt.Sprintf("+49%d", 1510000000+a.r.IntN(9999999)) }},
		{"nodes", func() string {
			return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "0%d:User%d", 1+a.r.IntN(9), a.r.IntN(900000)))
		}},
		{"cells", func() string { return "u4" + a.base32(5) }},
		{"releases", func() string { return fmt.Sprintf("%d.%d.%d", a.r.IntN(9), a.r.IntN(20), a.r.IntN(9)) }},
		{"customers", func() string { return "cus_" + a.base62(14) }},
		{"domains", func() string { return a.word(2) + pick(a, ".com", ".example", ".io") }},
		{"addresses", func() string { return fmt.Sprintf("10.%d.%d.%d", a.r.IntN(99), a.r.IntN(99), a.r.IntN(99)) }},
		{"sessions", func() string { return base64.RawURLEncoding.EncodeToString([]byte(a.word(9)))[:24] }},
		{"issues", func() string { return fmt.Sprintf("%s-%d", strings.ToUpper(a.word(2))[:4], 1+a.r.IntN(900)) }},
		{"traces", func() string { return strings.ToUpper(a.word(1)) + "-" + a.base62(6) }},
		{"plates", func() string {
			return strings.ToUpper(a.word(1))[:2] + fmt.Sprintf("%03d", a.r.IntN(999)) + strings.ToUpper(a.word(1))[:2]
		}},
	}
	root := pick(a, "", "/api", "/v2")
	for _, v := range values {
		at := root + "/" + v.noun
		one := "/{" + strings.TrimSuffix(v.noun, "s") + "}"
		for range 5 {
			id := v.value()
			a.call(pick(a, "GET", "GET", "PUT", "DELETE"), at+one, at+"/"+id, 200, object{"status", "x", v.noun + "_count", "7"})
			a.call("GET", at+one+"/events", at+"/"+id+"/events", 200, []object{{"at", "x", "by", a.name()}})
		}
		a.call("GET", at, at, 200, []object{{"status", "x", v.noun + "_count", "7"}})
		a.call("POST", at+"/import", at+"/import", 202, object{"job", a.id(styleUUID)})
	}
}

// base32 returns n characters of geohashes.
func (a *api) base32(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789bcdefghjkmnpqrstuvwxyz"[a.r.IntN(32)]
	}
	return string(b)
}

// tilesDialect has formats as endings: of tiles, reports and feeds.
func tilesDialect(a *api) {
	style := pick(a, "streets", "light", a.word(2))
	for range 14 {
		z := 1 + a.r.IntN(16)
		a.call("GET", "/tiles/"+style+"/{z}/{x}/{y}.png", fmt.Sprintf("/tiles/%s/%d/%d/%d.png", style, z, a.r.IntN(1<<z), a.r.IntN(1<<z)), 200, nil)
		a.call("GET", "/reports/{id}.pdf", "/reports/"+a.id(styleInt)+".pdf", 200, nil)
		a.call("GET", "/reports/{id}.csv", "/reports/"+a.id(styleInt)+".csv", 200, nil)
		a.call("GET", "/photos/{id}/thumb.jpg", "/photos/"+a.id(styleUUID)+"/thumb.jpg", 200, nil)
		id := a.id(styleInt)
		a.call("GET", "/reports/{id}", "/reports/"+id, 200, object{"id", id, "title", "x"})
	}
	for _, w := range []string{"feed.xml", "sitemap.xml", "export/users.csv", "export/orders.csv", "openapi.json", "styles.json"} {
		a.call("GET", "/"+w, "/"+w, 200, nil)
	}
}
