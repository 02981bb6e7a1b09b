package route

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sortedKeys returns the keys of a set in order.
func sortedKeys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }

// usersDialect has usernames that are words, beside words that the API reserves.
func usersDialect(a *api) {
	root, one := pick(a, "/users", "/api/users", "/v1/people", "/v1/accounts"), "/{username}"
	users := []string{"alice", "bob", "carol", "dave", a.word(2), a.word(2) + "_" + a.word(1), "admin", "john.doe", a.word(3)}
	key := pick(a, "login", "username", "name", "id")
	var list []object
	for _, u := range users[:5] {
		list = append(list, object{key, u, "email", u + "@example.com"})
	}
	for range 3 {
		a.call("GET", root, root, 200, list)
		a.call("GET", root+"/me", root+"/me", 200, object{key, users[0], "email", "x@example.com", "quota", "7"})
		a.call("GET", root+"/search", root+"/search", 200, list[:2])
		a.call("POST", root+"/invite", root+"/invite", 202, object{"sent", "true"})
		a.call("GET", root+"/me/settings", root+"/me/settings", 200, object{"theme", "dark", "lang", "en"})
	}
	for range 25 {
		u := pick(a, users...)
		switch a.r.IntN(4) {
		case 0, 1:
			a.call("GET", root+one, root+"/"+u, 200, object{key, u, "email", u + "@example.com"})
		case 2:
			a.call("GET", root+one+"/followers", root+"/"+u+"/followers", 200, list[:3])
		case 3:
			a.call(pick(a, "PATCH", "DELETE"), root+one, root+"/"+u, 200, object{key, u, "email", u + "@example.com"})
		}
	}
}

// nestedDialect nests collections with small integers.
func nestedDialect(a *api) {
	s := &restStyle{verb: "/", visits: 3, creates: "PUT", list: pick(a, "", "items", "results"),
		self: func(_ *kind, _, id string) []any { return []any{"id", id, "name", a.name()} }}
	for range 2 {
		k := a.kind(4, 1, func() int { return styleInt })
		for i := k; ; i = i.kids[0] {
			i.ids = map[string][]string{}
			i.style = styleSmall
			if len(i.kids) == 0 {
				break
			}
		}
		a.visit(k, "/api", "/api", s)
		a.visit(k, "/api", "/api", s)
	}
}

// treeDialect has files of trees below one root, which no body names.
func treeDialect(a *api) {
	root := pick(a, "/files", "/api/fs", "/dav", "/v1/tree")
	dirs := a.folders()
	field := pick(a, "path", "name", "key")
	for range 40 {
		f := a.file(dirs)
		a.call(pick(a, "GET", "GET", "PUT", "DELETE"), root+"/{path}", root+"/"+f, 200, object{field, f, "size", "7", "etag", "x"})
	}
	for range 4 {
		a.call("GET", "/quota", "/quota", 200, object{"used", "7", "free", "9"})
		a.call("POST", "/search", "/search", 200, object{"hits", "7", "took", "9"})
	}
}

// marketDialect has symbols, pairs and currencies.
func marketDialect(a *api) {
	symbols := strings.Fields("AAPL MSFT TSLA BTCUSDT ETHUSDT EURUSD GOOG NVDA")
	root := pick(a, "/api/v3", "/v1", "/market")
	for range 20 {
		s := pick(a, symbols...)
		switch a.r.IntN(4) {
		case 0:
			a.call("GET", root+"/quotes/{symbol}", root+"/quotes/"+s, 200, object{"symbol", s, "price", "7"})
		case 1:
			a.call("GET", root+"/stock/{symbol}/candles", root+"/stock/"+s+"/candles", 200, object{"o", "1", "h", "2", "l", "1"})
		case 2:
			b, q := pick(a, "BTC", "ETH", "XRP"), pick(a, "USD", "EUR")
			a.call("GET", root+"/pairs/{pair}", root+"/pairs/"+b+"-"+q, 200, object{"base", b, "quote", q, "last", "7"})
		case 3:
			c := pick(a, "USD", "EUR", "JPY", "GBP")
			a.call("GET", root+"/rates/{currency}", root+"/rates/"+c, 200, object{"base", c, "rates", object{"USD", "7"}})
		}
	}
	for _, w := range []string{"ping", "time", "exchangeInfo", "ticker/24hr", "account", "openOrders"} {
		for range 3 {
			a.call("GET", root+"/"+w, root+"/"+w, 200, object{strings.ReplaceAll(w, "/", "_"), "7", "server", "x"})
		}
	}
}

// settingsDialect has singletons with words for names, of which none is a value.
func settingsDialect(a *api) {
	words := strings.Fields("profile notifications billing security appearance privacy integrations domains branding locale")
	root := pick(a, "/settings", "/api/v1/account", "/config", "/admin/options")
	for _, w := range words[:5+a.r.IntN(5)] {
		for range 1 + a.r.IntN(3) {
			a.call("GET", root+"/"+w, root+"/"+w, 200, object{w + "_enabled", "true", w + "_level", "7"})
			a.call(pick(a, "PUT", "PATCH"), root+"/"+w, root+"/"+w, 200, object{w + "_enabled", "true", w + "_level", "7"})
		}
	}
	for _, w := range strings.Fields("cpu memory disk network") {
		for range 2 {
			a.call("GET", "/stats/"+w, "/stats/"+w, 200, object{w, "7", "unit", "x"})
			a.call("GET", "/stats/"+w+"/history", "/stats/"+w+"/history", 200, []object{{"at", "x", "value", "7"}})
		}
	}
	s := &restStyle{verb: "/", visits: 4, creates: "PUT", list: "",
		self: func(_ *kind, _, id string) []any { return []any{"id", id} }}
	a.visit(a.kind(2, 1, func() int { return styleInt }), "", "", s)
}

// chosenDialect has resources that people name with ordinary words.
func chosenDialect(a *api) {
	root := pick(a, "", "/api", "/v1")
	key := pick(a, "name", "id", "slug", "key")
	for range 4 + a.r.IntN(3) {
		noun := a.noun()
		kid := pick(a, "members", "keys", "events", "status", "rotate")
		used := map[string]bool{}
		for range 4 + a.r.IntN(4) {
			used[a.name()] = true
		}
		ids := sortedKeys(used)
		item := root + "/" + noun + "/{" + strings.TrimSuffix(noun, "s") + "}"
		var list []object
		for _, id := range ids {
			list = append(list, object{key, id, "created", "2024", "owner", a.word(2)})
		}
		a.call("GET", root+"/"+noun, root+"/"+noun, 200, object{"items", list})
		a.call("POST", root+"/"+noun, root+"/"+noun, 201, list[0])
		for range 10 {
			id := pick(a, ids...)
			path := root + "/" + noun + "/" + id
			switch a.r.IntN(4) {
			case 0, 1:
				a.call("GET", item, path, 200, object{key, id, "created", "2024", "owner", a.word(2)})
			case 2:
				a.call(pick(a, "PUT", "DELETE"), item, path, 200, object{key, id, "created", "2024", "owner", a.word(2)})
			case 3:
				a.call(pick(a, "GET", "POST"), item+"/"+kid, path+"/"+kid, 200, []object{{"at", "x", "by", a.word(2)}})
			}
		}
	}
	for _, w := range []string{"health", "version", "login"} {
		a.call("GET", root+"/"+w, root+"/"+w, 200, object{w, fmt.Sprint(a.r.IntN(9))})
	}
}
