package route

import (
	"fmt"
	"strings"
)

// commonNames are what people call things in tests: words that routes have, too.
var commonNames = strings.Fields(`acme globex initech umbrella default test demo main staging production alice bob carol dave
	admin support billing alpha beta gamma frontend backend api web search new draft orders-db my-project my-bucket
	hello-world first second blue green shop europe sandbox internal sales marketing engineering`)

// name returns a name that a person would give.
func (a *api) name() string { return pick(a, commonNames...) }

// rpcDialect calls procedures with POST; their names end the path in one of several styles.
func rpcDialect(a *api) {
	verbs := strings.Fields("create get list update delete search archive restore send verify export count move")
	capital := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	style := a.r.IntN(5)
	service := a.word(2) + ".v1."
	for range 8 + a.r.IntN(8) {
		noun := a.noun()
		one := strings.TrimSuffix(noun, "s")
		var ids []string
		for range 4 {
			ids = append(ids, pick(a, a.id(styleToken), a.name()))
		}
		for range 3 + a.r.IntN(5) {
			v := pick(a, verbs...)
			path := [...]string{"/api/" + noun + "." + v, "/rpc/" + capital(one) + "." + capital(v),
				"/twirp/" + service + capital(one) + "Service/" + capital(v) + capital(one), "/v1/" + noun + "/" + v,
				"/api/" + v + capital(one)}[style]
			for range 1 + a.r.IntN(4) {
				id := pick(a, ids...)
				var body any = object{"ok", "true", one, object{"id", id, "name", a.name(), "state", "done"}}
				if v == "list" || v == "search" {
					body = object{"ok", "true", noun, []object{{"id", id, "name", a.name()}, {"id", pick(a, ids...), "name", a.name()}}}
				}
				a.call("POST", path, path, 200, body)
			}
		}
	}
}

// graphDialect has a GraphQL endpoint beside resources, uploads and pages of a site.
func graphDialect(a *api) {
	graph := pick(a, "/graphql", "/api/graphql", "/query", "/api/v2/graphql")
	for range 25 {
		a.call("POST", graph, graph, 200, object{"data", object{"viewer", object{"id", a.id(styleToken), "login", a.name(),
			"projects", []object{{"name", a.name(), "slug", a.id(styleSlug)}, {"name", a.name(), "slug", a.name()}}}}})
	}
	s := &restStyle{verb: "/", visits: 5, creates: "PUT", list: pick(a, "", "items", "data"),
		self: func(_ *kind, _, id string) []any { return []any{"id", id, "name", a.name()} }}
	for range 3 {
		a.visit(a.kind(2, 2, func() int { return pick(a, styleInt, styleUUID, styleToken) }), "/api", "/api", s)
	}
	for _, p := range []string{"/api/session", "/api/uploads", "/healthz", "/api/me", "/api/me/preferences"} {
		a.call("GET", p, p, 200, object{"ok", "true", "user", a.name()})
	}
}

// odataDialect has keys in parentheses, single properties, counts, bound actions and functions.
func odataDialect(a *api) {
	root := pick(a, "/odata", "/odata/v4", "/sap/opu/odata/sales", "/api/data/v9.2")
	quote := a.chance(.5)
	for range 3 + a.r.IntN(4) {
		set, nav := a.vendor()+"s", pick(a, "Orders", "Lines", "Owner", "Contacts")
		list := object{"@odata.context", "x", "value", []object{}}
		a.call("GET", root+"/"+set, root+"/"+set, 200, list)
		a.call("GET", root+"/"+set+"/$count", root+"/"+set+"/$count", 200, nil)
		a.call("POST", root+"/"+set, root+"/"+set, 201, object{"@odata.context", "x", "Id", "7"})
		for range 6 + a.r.IntN(4) {
			id, key, keyT := fmt.Sprint(1+a.r.IntN(400)), "", "({key})"
			if quote {
				id, keyT = pick(a, a.name(), a.id(styleSlug), a.id(styleInt)), "('{key}')"
				key = "('" + id + "')"
			} else {
				key = "(" + id + ")"
			}
			item, itemT := root+"/"+set+key, root+"/"+set+keyT
			body := object{"@odata.context", "x", "Id", id, "Name", a.name()}
			switch a.r.IntN(5) {
			case 0, 1:
				a.call(pick(a, "GET", "GET", "PATCH"), itemT, item, 200, body)
			case 2:
				a.call("GET", itemT+"/"+nav, item+"/"+nav, 200, object{"value", []object{{"Id", a.id(styleInt)}}})
			case 3:
				a.call("GET", itemT+"/Name", item+"/Name", 200, object{"value", a.name()})
			case 4:
				a.call("POST", itemT+"/Default.Approve", item+"/Default.Approve", 204, nil)
			}
		}
	}
	for _, p := range []string{"/$metadata", "/$batch", "/Products/Default.MostExpensive"} {
		a.call(pick(a, "GET", "GET"), root+p, root+p, 200, object{"value", "x"})
	}
}

// envelopeDialect answers everything with one envelope, so that answers do not tell routes apart.
func envelopeDialect(a *api) {
	envelope := func(body any) object { return object{"code", "0", "message", "ok", "data", body} }
	item := func() object { return object{"uuid", a.id(styleUUID), "nickname", a.name(), "amount", "7"} }
	for range 4 + a.r.IntN(3) {
		noun := a.noun()
		style := pick(a, styleInt, styleToken, styleUUID, styleSlug)
		root := "/api/" + noun
		one := "{" + strings.TrimSuffix(noun, "s") + "Id}"
		a.call("GET", root, root, 200, envelope([]object{item(), item()}))
		for _, w := range []string{"search", "summary", "export", "count"} {
			for range a.r.IntN(3) {
				a.call(pick(a, "GET", "GET", "POST"), root+"/"+w, root+"/"+w, 200, envelope(item()))
			}
		}
		for range 6 {
			id := a.id(style)
			body := item()
			body[1] = id
			a.call(pick(a, "GET", "GET", "PUT", "DELETE"), root+"/"+one, root+"/"+id, 200, envelope(body))
			if a.chance(.4) {
				a.call("POST", root+"/"+one+"/confirm", root+"/"+id+"/confirm", 200, envelope(object{}))
			}
		}
	}
}

// hypermediaDialect has bodies in HAL, JSON:API or Siren, with links to the paths.
func hypermediaDialect(a *api) {
	form := a.r.IntN(3)
	style := func() int { return pick(a, styleWord, styleSlug, styleInt, styleUUID) }
	s := &restStyle{verb: "/", visits: 4, creates: "PATCH", list: [...]string{"items", "data", "entities"}[form],
		self: func(k *kind, path, id string) []any {
			href := "https://api.example.com" + path
			switch form {
			case 0:
				return []any{"_links", object{"self", object{"href", href}}, "name", id}
			case 1:
				return []any{"type", k.noun, "id", id, "links", object{"self", path}, "attributes", object{"title", a.name()}}
			}
			return []any{"class", k.noun, "properties", object{"code", id}, "links", []object{{"rel", "self", "href", href}}}
		}}
	for range 4 {
		k := a.kind(2, 2, style)
		a.visit(k, "", "", s)
		a.visit(k, "", "", s)
	}
	a.call("GET", "/", "/", 200, object{"_links", object{"self", object{"href", "https://api.example.com/"}}})
}

// soapDialect posts XML to services, beside forms that are posted to pages with endings.
func soapDialect(a *api) {
	for range 3 + a.r.IntN(3) {
		service := a.vendor() + "Service"
		path := pick(a, "/services/"+service, "/ws/"+service+".asmx", "/"+strings.ToLower(service)+".svc", "/soap/"+service)
		for range 6 {
			a.call("POST", path, path, 200, object{"Id", a.id(styleInt), "Name", a.name()})
		}
	}
	for range 4 {
		page := "/cgi/" + pick(a, "login", "order", "search", "profile", "cart") + pick(a, ".php", ".do", ".aspx")
		for range 4 {
			a.call(pick(a, "GET", "POST"), page, page, 200, nil)
		}
	}
}
