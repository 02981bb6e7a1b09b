package route

import (
	"fmt"
	"strings"
)

// file returns the path of an invented file.
func (a *api) file(dirs []string) string {
	return pick(a, dirs...) + a.word(2) + pick(a, ".go", ".md", ".txt", ".json", "", ".yaml")
}

// folders returns the folders of an invented tree, the root first.
func (a *api) folders() []string {
	dirs := []string{"", a.word(2) + "/", pick(a, "docs", "src", "images") + "/"}
	for range 4 {
		dirs = append(dirs, pick(a, dirs[1:]...)+a.word(2)+"/")
	}
	return dirs
}

// filesDialect has files and references of repositories, whose values span slashes.
func filesDialect(a *api) {
	for range 8 + a.r.IntN(5) {
		owner, name := a.id(styleWord), a.id(styleSlug)
		root, rootT := "/repos/"+owner+"/"+name, "/repos/{owner}/{repo}"
		a.call("GET", rootT, root, 200, object{"name", name, "full_name", owner + "/" + name, "owner",
			object{"login", owner}})
		dirs := a.folders()
		for range 14 {
			f := a.file(dirs)
			a.call(pick(a, "GET", "GET", "PUT", "DELETE"), rootT+"/contents/{path}", root+"/contents/"+f, 200,
				object{"path", f, "name", f[strings.LastIndexByte(f, '/')+1:], "size", a.r.IntN(9999)})
		}
		for range 12 {
			ref := pick(a, "heads/", "heads/", "tags/") + pick(a, "main", a.word(2), a.word(1)+"/"+a.word(2), "v1.2")
			a.call("GET", rootT+"/git/refs/{ref}", root+"/git/refs/"+ref, 200, object{"ref", "refs/" + ref, "sha",
				fmt.Sprintf("%040x", a.r.Uint64())})
		}
		for range 7 {
			n := 1 + a.r.IntN(90)
			a.call("GET", rootT+"/issues/{number}", fmt.Sprint(root, "/issues/", n), 200, object{"number", n, "title", "x"})
			a.call("GET", rootT+"/issues", root+"/issues", 200, []object{{"number", n, "title", "x"}})
		}
	}
}

// objectStoreDialect has buckets whose objects have keys with slashes.
func objectStoreDialect(a *api) {
	field := pick(a, "key", "name", "path")
	objects := pick(a, "objects", "o", "files")
	for range 8 + a.r.IntN(5) {
		bucket := a.id(styleSlug)
		root, rootT := "/v1/buckets/"+bucket, "/v1/buckets/{bucket}"
		a.call("GET", rootT, root, 200, object{"name", bucket, "created", "2026-01-01"})
		dirs := a.folders()
		var list []object
		for range 20 {
			f := a.file(dirs)
			list = append(list, object{field, f, "size", a.r.IntN(9999)})
			a.call(pick(a, "GET", "GET", "PUT", "DELETE"), rootT+"/"+objects+"/{path}", root+"/"+objects+"/"+f, 200,
				object{field, f, "size", a.r.IntN(9999)})
		}
		a.call("GET", rootT+"/"+objects, root+"/"+objects, 200, object{"items", list})
	}
}

var malformed = []string{"not-a-uuid", "invalid-id", "malformed_id", "invalid", "nonexistent", "abc", "bad-id",
	"does-not-exist", "xyz", "unknown"}

// malformedDialect has tests that send malformed identifiers, which are refused.
func malformedDialect(a *api) {
	style := pick(a, styleUUID, styleInt, styleToken)
	s := &restStyle{verb: "/", visits: 5, creates: "PUT", list: pick(a, "", "data"),
		self: func(_ *kind, _, id string) []any { return []any{"id", id, "name", a.word(3)} }}
	for range 4 + a.r.IntN(4) {
		k := a.kind(1+a.r.IntN(2), 2, func() int { return style })
		a.visit(k, "/api", "/api", s)
		item := "/api/" + k.noun + "/{" + strings.TrimSuffix(k.noun, "s") + "Id}"
		for method := range a.methods[item] {
			path := "/api/" + k.noun + "/" + pick(a, malformed...)
			a.call(method, item, path, pick(a, 400, 404, 422), object{"error", "malformed", "code", "bad_request"})
		}
	}
}

// cellsDialect has custom verbs behind ranges of cells, and images with tags.
func cellsDialect(a *api) {
	sheets := []string{"Sheet1", "Data", a.word(2)}
	for range 3 {
		id := a.id(styleToken)
		root, rootT := "/v4/spreadsheets/"+id, "/v4/spreadsheets/{id}"
		a.call("GET", rootT, root, 200, object{"spreadsheetId", id, "locale", "en"})
		a.call("POST", rootT+":batchUpdate", root+":batchUpdate", 200, object{"spreadsheetId", id})
		for range 4 {
			cells := fmt.Sprintf("%s!A%d:C%d", pick(a, sheets...), 1+a.r.IntN(9), 10+a.r.IntN(9))
			if a.chance(.3) {
				cells = fmt.Sprintf("'%s'!A%d", pick(a, sheets...), 1+a.r.IntN(9))
			}
			a.call("GET", rootT+"/values/{range}", root+"/values/"+cells, 200, object{"range", cells, "majorDimension", "ROWS"})
			a.call("PUT", rootT+"/values/{range}", root+"/values/"+cells, 200, object{"updatedRange", cells})
			for _, v := range []string{"append", "clear"} {
				a.call("POST", rootT+"/values/{range}:"+v, root+"/values/"+cells+":"+v, 200, object{"spreadsheetId", id,
					"tableRange", cells})
			}
		}
		a.call("POST", rootT+"/values:batchGet", root+"/values:batchGet", 200, object{"spreadsheetId", id})
	}
	for range 4 {
		image := a.word(2) + pick(a, "", ":latest", ":stable", ":1.2")
		a.call("GET", "/v4/images/{name}/json", "/v4/images/"+image+"/json", 200, object{"Id", a.id(styleUUID), "Os", "linux"})
		a.call("DELETE", "/v4/images/{name}", "/v4/images/"+image, 204, nil)
	}
}

// tasksDialect has tasks whose names are words, and lists that name them.
func tasksDialect(a *api) {
	var tasks []object
	for range 6 {
		tasks = append(tasks, object{"name", pick(a, "update", "sync", "check", "delete", "resync") + "_" +
			pick(a, "mirrors", "hooks", "archives", "repos", "keys") + pick(a, "", "_all"), "schedule", "@every 8h"})
	}
	above := pick(a, "/admin/cron", "/admin/tasks", "/system/scheduler")
	a.call("GET", above, above, 200, tasks)
	a.call("POST", above+"/{task}", above+"/"+tasks[0][1].(string), 204, nil)
	s := &restStyle{verb: "/", visits: 4, creates: "PUT", list: "",
		self: func(_ *kind, _, id string) []any { return []any{"id", id} }}
	for range 3 {
		a.visit(a.kind(2, 1, func() int { return styleInt }), "", "", s)
	}
}

// slugsDialect has slugs, handles and coordinates that no body holds.
func slugsDialect(a *api) {
	for range 8 {
		a.call("GET", "/posts/{slug}", "/posts/"+a.word(2)+"-"+a.word(2), 200, object{"title", "A title", "html", "<p>",
			"published", "2026"})
		a.call("GET", "/geo/{point}", fmt.Sprintf("/geo/%d.%d,%d.%d", a.r.IntN(90), a.r.IntN(9), a.r.IntN(90), a.r.IntN(9)),
			200, object{"country", "DE", "timezone", "x", "elevation", 30})
		a.call("GET", "/@{handle}", "/@"+a.word(2), 200, object{"followers", 3, "bio", "x", "joined", "2020"})
		id := []byte("xxxxx")
		for i := range id {
			id[i] = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMN23456789"[a.r.IntN(43)]
		}
		a.call("GET", "/p/{id}", "/p/"+string(id), 200, object{"text", "x", "expires", "never", "language", "go"})
	}
	for _, w := range []string{"about", "health", "version"} {
		a.call("GET", "/"+w, "/"+w, 200, object{w, "ok", "build", "7"})
	}
	s := &restStyle{verb: "/", visits: 4, creates: "PUT", list: "",
		self: func(_ *kind, _, id string) []any { return []any{"id", id} }}
	a.visit(a.kind(2, 1, func() int { return styleInt }), "", "", s)
}
