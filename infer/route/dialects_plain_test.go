package route

import "fmt"

// officeDialect has routes that look like names: the same words below several nouns, collections
// below a plural noun in one envelope, and single settings.
func officeDialect(a *api) {
	envelope := func(data any) object { return object{"code", "0", "msg", "ok", "data", data} }
	record := func(kind string) object {
		return map[string]object{
			"user": {"userId", a.id(styleInt), "account", a.name(), "phone", "x"},
			"role": {"roleId", a.id(styleInt), "roleKey", a.name(), "sort", "1"},
			"menu": {"menuId", a.id(styleInt), "component", "x", "icon", "y"},
			"dept": {"deptId", a.id(styleInt), "leader", a.name(), "floor", "3"},
		}[kind]
	}
	wrapped := a.chance(.5)
	wrap := func(data object) object {
		if wrapped {
			return envelope(data)
		}
		return data
	}
	for range 3 {
		for _, kind := range []string{"user", "role", "menu", "dept"} {
			at := "/system/" + kind
			a.call("GET", at+"/list", at+"/list", 200, envelope([]object{record(kind)}))
			a.call("GET", at+"/info", at+"/info", 200, wrap(record(kind)))
			a.call("GET", at+"/tree", at+"/tree", 200, wrap(object{"children", "x", kind, "y"}))
			a.call("GET", at+"/template", at+"/template", 200, wrap(object{"file", "x", kind + "Columns", "y"}))
			a.call("POST", at+"/import", at+"/import", 200, envelope(object{"count", "3"}))
			id := a.id(styleInt)
			a.call(pick(a, "GET", "PUT", "DELETE"), at+"/{id}", at+"/"+id, 200, wrap(record(kind)))
		}
		for _, kind := range []string{"user", "role", "menu", "dept"} {
			at := "/modules/" + kind + "s"
			id := a.id(styleInt)
			a.call("GET", at, at, 200, envelope([]object{record(kind)}))
			a.call("GET", at+"/{id}", at+"/"+id, 200, wrap(record(kind)))
			a.call("GET", at+"/{id}/history", at+"/"+id+"/history", 200, envelope([]object{{"at", "x", "by", "y"}}))
		}
		for _, w := range []string{"email/verify", "email/settings", "phone/verification", "password/reset"} {
			a.call("POST", "/account/"+w, "/account/"+w, 200, envelope(object{"sent", "true"}))
		}
		for _, w := range []string{"users", "orders", "sales"} {
			a.call("GET", "/reports/"+w+"/daily/{date}", fmt.Sprintf("/reports/%s/daily/2024-0%d-1%d", w, 1+a.r.IntN(9), a.r.IntN(9)), 200,
				envelope(object{w + "Total", "7", "change", "3"}))
		}
		for _, part := range []string{"cpu", "memory", "disk"} {
			a.call("GET", "/node/"+part, "/node/"+part, 200, object{part + "Total", "7", part + "Free", "3"})
			a.call("GET", "/node/"+part+"/history", "/node/"+part+"/history", 200, []object{{"at", "x", part, "3"}})
		}
	}
}
