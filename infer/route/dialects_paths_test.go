package route

import (
	"fmt"
	"strings"
)

// matrixDialect has matrix parameters.
func matrixDialect(a *api) {
	for range 3 {
		noun := a.noun()
		for range 6 {
			v := pick(a, a.id(styleInt), a.id(styleWord), a.name())
			body := object{"label", v, "rows", "3"}
			a.call("GET", "/"+noun+";filter={filter}", "/"+noun+";filter="+v, 200, body)
			id := a.id(styleInt)
			a.call("GET", "/"+noun+"/{id}/rows;from={from}", fmt.Sprintf("/%s/%s/rows;from=%d", noun, id, 1+a.r.IntN(9)), 200,
				[]object{{"text", "x", "cells", "3"}})
			a.call("GET", "/"+noun+"/{id}", "/"+noun+"/"+id, 200, object{"id", id, "rows", "3"})
		}
	}
}

// datesDialect has paths with years, months and days, of logs, posts and reports.
func datesDialect(a *api) {
	root := pick(a, "/archive", "/logs", "/reports/daily", "/v1/usage")
	places := a.chance(.4)
	for range 24 {
		at, atT := root, root
		if places {
			place := pick(a, "asia", "europe", "berlin", "osaka")
			at, atT = root+"/"+place, root+"/{place}"
			if a.chance(.3) {
				a.call("GET", atT, at, 200, object{"name", place, "size", "3"})
			}
		}
		y, m, d := 2019+a.r.IntN(6), 1+a.r.IntN(12), 1+a.r.IntN(28)
		switch a.r.IntN(4) {
		case 0:
			a.call("GET", atT+"/{year}", fmt.Sprintf("%s/%d", at, y), 200, object{"count", "7"})
		case 1:
			a.call("GET", atT+"/{year}/{month}", fmt.Sprintf("%s/%d/%02d", at, y, m), 200, object{"count", "7"})
		default:
			a.call("GET", atT+"/{year}/{month}/{day}", fmt.Sprintf("%s/%d/%02d/%02d", at, y, m, d), 200,
				object{"date", fmt.Sprintf("%d-%02d-%02d", y, m, d), "count", "7"})
		}
	}
	for range 5 {
		a.call("GET", "/exports/{date}/summary", fmt.Sprintf("/exports/2024-05-%02d/summary", 1+a.r.IntN(28)), 200, object{"rows", "8"})
		a.call("GET", "/exports/latest", "/exports/latest", 200, object{"date", "2024-05-28", "rows", "8"})
	}
}

// localesDialect begins with a locale.
func localesDialect(a *api) {
	locales := [][]string{{"en-GB", "de-DE", "fr-FR"}, {"en", "de", "fr", "ja"}, {"en_US", "pt_BR", "es_ES"}}[a.r.IntN(3)]
	prefix := pick(a, "", "/api", "/v2", "/shop")
	kinds := []*kind{}
	for range 3 {
		kinds = append(kinds, a.kind(2, 2, func() int { return pick(a, styleInt, styleSlug, styleUUID) }))
	}
	s := &restStyle{verb: "/", visits: 3, creates: "PUT", list: pick(a, "", "items"),
		self: func(_ *kind, _, id string) []any { return []any{"id", id, "title", a.word(3)} }}
	for _, l := range locales {
		for _, k := range kinds {
			a.visit(k, prefix+"/{locale}", prefix+"/"+l, s)
		}
		for _, w := range []string{"search", "navigation", "home"} {
			a.call("GET", prefix+"/{locale}/"+w, prefix+"/"+l+"/"+w, 200, object{"blocks", "x", "lang", "y"})
		}
	}
	a.call("GET", prefix+"/{locale}", prefix+"/"+locales[0], 200, object{"blocks", "x"})
}

// tenantsDialect begins with one of a few tenants.
func tenantsDialect(a *api) {
	tenants := map[string]bool{}
	for len(tenants) < 3 {
		tenants[pick(a, "acme", "globex", "initech", "umbrella", "contoso-ltd", "hooli", "stark", a.word(3))] = true
	}
	prefix := pick(a, "", "/api/v1", "/t", "/api")
	kinds := []*kind{}
	for range 3 {
		kinds = append(kinds, a.kind(2, 2, func() int { return pick(a, styleInt, styleSlug, styleUUID) }))
	}
	s := &restStyle{verb: "/", visits: 3, creates: "PUT", list: pick(a, "", "items"),
		self: func(_ *kind, path, id string) []any {
			tenant, _, _ := strings.Cut(strings.TrimPrefix(path, prefix+"/"), "/")
			return []any{"id", id, "tenant", tenant, "title", a.word(3)}
		}}
	for _, t := range sortedKeys(tenants) {
		for _, k := range kinds {
			a.visit(k, prefix+"/{tenant}", prefix+"/"+t, s)
		}
		a.call("GET", prefix+"/{tenant}/users/me", prefix+"/"+t+"/users/me", 200, object{"id", "7", "tenant", t, "title", "x"})
	}
}

// versionsDialect serves the same resources below several versions.
func versionsDialect(a *api) {
	versions := [][]string{{"v1", "v2"}, {"v1", "v1.1", "v2beta"}, {"2023-01-01", "2024-06-01"}, {"1.0", "2.0"}, {"v2", "beta"}}[a.r.IntN(5)]
	prefix := pick(a, "", "/api", "/rest")
	s := &restStyle{verb: "/", visits: 3, creates: "PUT", list: pick(a, "", "items"),
		self: func(_ *kind, _, id string) []any { return []any{"id", id, "title", a.word(3)} }}
	for range 3 {
		k := a.kind(2, 2, func() int { return pick(a, styleInt, styleSlug, styleUUID, styleWord) })
		for _, v := range versions {
			a.visit(k, prefix+"/"+v, prefix+"/"+v, s)
		}
	}
}

// compositeDialect has identifiers of several parts.
func compositeDialect(a *api) {
	sep := pick(a, ":", ",", "~", "+", "|", "--", "::")
	for range 3 {
		noun := a.noun()
		left, right := pick(a, styleInt, styleWord), pick(a, styleInt, styleWord, styleUUID)
		root, item := "/api/"+noun, "/api/"+noun+"/{id}"
		for range 7 {
			id := a.id(left) + sep + a.id(right)
			path := root + "/" + strings.ReplaceAll(id, "|", "%7C")
			a.call(pick(a, "GET", "GET", "PUT", "DELETE"), item, path, 200, object{"id", id, "title", "x"})
			if a.chance(.3) {
				a.call("GET", item+"/history", path+"/history", 200, []object{{"at", "x", "by", a.name()}})
			}
		}
		a.call("GET", root, root, 200, []object{{"id", a.id(left) + sep + a.id(right), "title", "x"}})
		a.call("GET", root+"/search", root+"/search", 200, []object{{"id", a.id(left) + sep + a.id(right), "title", "x"}})
	}
}

// hashesDialect addresses things by their hashes, some of them short or with an algorithm.
func hashesDialect(a *api) {
	hash := func(n int) string {
		return fmt.Sprintf("%08x%08x%08x%08x%08x", a.r.Uint32()|1<<31, a.r.Uint32(), a.r.Uint32(), a.r.Uint32(), a.r.Uint32())[:n]
	}
	repo := func() string { return pick(a, "library/", "team/") + a.word(2) }
	for range 8 {
		name := repo()
		tag := pick(a, "latest", "stable", "1.2", a.word(2))
		owner, image, _ := strings.Cut(name, "/")
		root, rootT := "/v2/"+owner+"/"+image, "/v2/{owner}/{image}"
		a.call("GET", rootT+"/tags/list", root+"/tags/list", 200, object{"name", name, "tags", tag})
		a.call("GET", rootT+"/manifests/{reference}", root+"/manifests/"+tag, 200, object{"schemaVersion", "2", "mediaType", "x"})
		a.call("GET", rootT+"/manifests/{reference}", root+"/manifests/sha256:"+hash(40)+hash(24), 200,
			object{"schemaVersion", "2", "mediaType", "x"})
		a.call("GET", rootT+"/blobs/{digest}", root+"/blobs/sha256:"+hash(40)+hash(24), 200, nil)
		a.call("GET", "/commits/{sha}", "/commits/"+hash(7), 200, object{"sha", hash(40), "author", a.name()})
		a.call("GET", "/commits/{sha}", "/commits/"+hash(40), 200, object{"sha", hash(40), "author", a.name()})
		h := hash(40)
		a.call("GET", "/objects/{prefix}/{rest}", "/objects/"+h[:2]+"/"+h[2:], 200, nil)
	}
}
