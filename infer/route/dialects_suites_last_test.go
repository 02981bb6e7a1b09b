package route

import (
	"fmt"
	"strings"
)

// mapsDialect has lists of coordinates, words to search for in front of an ending, and tiles.
func mapsDialect(a *api) {
	s := &suite{api: a}
	at := func() string {
		return fmt.Sprintf("%d.%04d,%d.%04d", a.r.IntN(179)-90, a.r.IntN(10000), a.r.IntN(80), a.r.IntN(10000))
	}
	owner := []string{a.word(2), a.name()}
	styles := some(4, func() string { return "c" + strings.ToLower(a.base62(24)) })
	for range 130 {
		profile := pick(a, "driving", "walking", "cycling", "driving-traffic")
		o, st := pick(a, owner...), pick(a, styles...)
		switch a.r.IntN(12) {
		case 0, 1:
			q := pick(a, a.name(), a.name()+"%20"+a.name(), at(), "1600%20"+a.word(3)+"%20Ave")
			s.get("/geocoding/v5/{mapset}/{query}.json", "/geocoding/v5/"+pick(a, "maps.places", "maps.places",
				"maps.places-permanent")+"/"+q+".json?limit=2", object{"type", "FeatureCollection",
				"query", []any{q}, "features", []object{{"id", "place." + a.id(styleInt), "type", "Feature",
					"place_name", "x", "center", []any{-77.03, 38.9}}}})
		case 2, 3, 4:
			s.get("/directions/v5/maps/{profile}/{coordinates}",
				"/directions/v5/maps/"+profile+"/"+at()+";"+at()+"?geometries=geojson&steps=true", object{"routes",
					[]object{{"duration", 1200.5, "distance", 3400.1, "weight_name", "auto"}}, "code", "Ok",
					"uuid", a.base62(24)})
		case 5:
			s.get("/directions-matrix/v1/maps/{profile}/{coordinates}",
				"/directions-matrix/v1/maps/"+profile+"/"+at()+";"+at()+";"+at(), object{"code", "Ok",
					"durations", []any{[]any{0.0, 12.5}}})
		case 6:
			s.get("/isochrone/v1/maps/{profile}/{coordinates}",
				"/isochrone/v1/maps/"+profile+"/"+at()+"?contours_minutes=5,10", object{"type",
					"FeatureCollection", "features", []object{{"type", "Feature"}}})
		case 7:
			s.do(pick(a, "GET", "PATCH", "DELETE"), "/styles/v1/{username}/{style_id}",
				"/styles/v1/"+o+"/"+st, nil, 200, object{"version", 8, "name", "x", "owner", o, "id", st,
					"visibility", "private", "created", s.when()})
		case 8:
			s.get("/styles/v1/{username}", "/styles/v1/"+o, []object{{"version", 8, "name", "x", "owner", o, "id", st}})
		case 9:
			s.get("/styles/v1/{username}/{style_id}/tiles/{z}/{x}/{y}", fmt.Sprintf("/styles/v1/%s/%s/tiles/%d/%d/%d", o, st, a.r.IntN(18), a.r.IntN(9999), a.r.IntN(9999)), nil)
		case 10:
			w := pick(a, "sprite.json", "sprite@2x.png", "wmts")
			s.get("/styles/v1/{username}/{style_id}/"+w, "/styles/v1/"+o+"/"+st+"/"+w, nil)
		case 11:
			n := "ci" + strings.ToLower(a.base62(22))
			f := a.hex(32)
			s.do(pick(a, "GET", "PUT", "DELETE"), "/datasets/v1/{username}/{dataset_id}/features/{feature_id}",
				"/datasets/v1/"+o+"/"+n+"/features/"+f, nil, 200, object{"id", f, "type", "Feature", "geometry",
					object{"type", "Point"}})
		}
	}
	s.noise(25)
}

// edgeDialect administers a gateway: entities by their name or identifier, at the root and below
// others, targets with ports, and tags.
func edgeDialect(a *api) {
	s := &suite{api: a}
	type entity struct{ id, name string }
	make := func() entity { return entity{a.id(styleUUID), pick(a, a.name(), a.word(2)+"-"+a.word(1), a.word(3))} }
	services, routes, consumers, upstreams := some(5, make), some(5, make), some(4, make), some(3, make)
	key := func(e entity) string { return pick(a, e.id, e.name, e.name) }
	entry := func(e entity, more ...any) object {
		return append(object{"id", e.id, "name", e.name, "created_at", 1700000000 + a.r.IntN(999999),
			"tags", []any{"prod"}}, more...)
	}
	list := func(o ...object) object { return object{"data", o, "next", nil} }
	for range 170 {
		sv, rt, cs, up := pick(a, services...), pick(a, routes...), pick(a, consumers...), pick(a, upstreams...)
		plugin := object{"id", a.id(styleUUID), "name", pick(a, "rate-limiting", "key-auth", "cors", "acl"),
			"enabled", true, "config", object{"minute", 5}, "service", object{"id", sv.id}}
		svc, rte := entry(sv, "host", "h.example", "port", 80, "protocol", "http"), entry(rt,
			"paths", []any{"/x"}, "service", object{"id", sv.id})
		switch a.r.IntN(18) {
		case 0:
			s.get("/services", "/services?size=10", list(svc))
		case 1, 2:
			s.get("/services/{id}", "/services/"+key(sv), svc)
		case 3:
			s.do("PATCH", "/services/{id}", "/services/"+key(sv), object{"host", "h.example", "retries", 3}, 200, svc)
		case 4:
			s.get("/services/{id}/routes", "/services/"+key(sv)+"/routes", list(rte))
		case 5:
			s.get("/services/{id}/plugins", "/services/"+key(sv)+"/plugins", list(plugin))
		case 6, 7:
			s.do(pick(a, "GET", "PATCH", "DELETE"), "/routes/{id}", "/routes/"+key(rt), nil, 200, rte)
		case 8:
			s.get("/routes/{id}/service", "/routes/"+key(rt)+"/service", svc)
		case 9:
			s.get("/consumers/{id}", "/consumers/"+key(cs), object{"id", cs.id, "username", cs.name, "custom_id", nil})
		case 10:
			s.do("POST", "/consumers/{id}/key-auth", "/consumers/"+key(cs)+"/key-auth", object{"ttl", 3600}, 201,
				object{"id", a.id(styleUUID), "key", a.base62(32), "consumer", object{"id", cs.id}})
		case 11:
			g := pick(a, a.word(2), "admins", "beta")
			s.do("DELETE", "/consumers/{id}/acls/{group}", "/consumers/"+key(cs)+"/acls/"+g, nil, 204, nil)
		case 12:
			s.get("/upstreams/{id}/targets", "/upstreams/"+key(up)+"/targets", list(object{"id", a.id(styleUUID),
				"target", "10.0.0.1:8000", "weight", 100}))
		case 13:
			v := pick(a, "healthy", "unhealthy")
			s.do("PUT", "/upstreams/{id}/targets/{target}/"+v,
				"/upstreams/"+key(up)+"/targets/10.0.0."+a.id(styleSmall)+":8000/"+v, nil, 204, nil)
		case 14:
			s.get("/upstreams/{id}/health", "/upstreams/"+key(up)+"/health", object{"data", []object{{"health",
				"HEALTHY", "target", "10.0.0.1:8000"}}, "node_id", a.id(styleUUID)})
		case 15:
			p := pick(a, "rate-limiting", "key-auth", "cors", "acl")
			s.get("/schemas/plugins/{name}", "/schemas/plugins/"+p, object{"fields", []object{{"config",
				object{"type", "record"}}}})
		case 16:
			e := pick(a, "services", "routes", "consumers", "plugins")
			s.get("/schemas/{entity}", "/schemas/"+e, object{"fields", []object{{"id", object{"type", "string",
				"uuid", true}}}})
		case 17:
			w := pick(a, "", "status", "plugins", "plugins/enabled", "tags", "config", "routes", "consumers",
				"upstreams", "certificates")
			s.get("/"+w, "/"+w, object{"data", []object{plugin}, "next", nil})
		}
	}
	s.noise(40)
}

// locatorsDialect finds builds by locators: pairs of a dimension and its value, in lists.
func locatorsDialect(a *api) {
	s := &suite{api: a}
	projects := some(4, func() string { return a.vendor() + pick(a, "", "_"+a.vendor()) })
	types := some(6, func() string { return pick(a, projects...) + "_" + pick(a, "Build", "Test", "Deploy", "Release") })
	agents := some(4, func() string { return "ip_10.0.0." + a.id(styleSmall) })
	for range 150 {
		p, t, n, g := pick(a, projects...), pick(a, types...), a.id(styleInt), pick(a, agents...)
		build := object{"id", 1000 + a.r.IntN(9000), "buildTypeId", t, "number", a.id(styleSmall),
			"status", pick(a, "SUCCESS", "FAILURE", "UNKNOWN"),
			"state", pick(a, "finished", "running", "queued"), "href", "/app/rest/builds/id:" + n, "webUrl",
			"https://ci.example/viewLog.html?buildId=" + n}
		bt := object{"id", t, "name", a.name(), "projectName", a.name(), "projectId", p, "href",
			"/app/rest/buildTypes/id:" + t}
		at := pick(a, "id:"+n, "id:"+n, "id:"+n, "buildType:"+t+",number:"+a.id(styleSmall),
			"buildType:(id:"+t+"),status:SUCCESS,count:1", n)
		switch a.r.IntN(15) {
		case 0, 1, 2:
			s.get("/app/rest/builds/{buildLocator}", "/app/rest/builds/"+at, build)
		case 3:
			s.get("/app/rest/builds", "/app/rest/builds?locator=state:running", object{"count", 2, "href",
				"/app/rest/builds", "build", []object{build, build}})
		case 4:
			sub := pick(a, "statistics", "tags", "changes", "resulting-properties")
			s.get("/app/rest/builds/{buildLocator}/"+sub, "/app/rest/builds/"+at+"/"+sub, object{"count", 1,
				"property", []object{{"name", "x", "value", "7"}}})
		case 5:
			s.get("/app/rest/builds/{buildLocator}/artifacts/content/{path}",
				"/app/rest/builds/"+at+"/artifacts/content/"+a.file([]string{"", "logs/", "dist/" + a.word(2) + "/"}), nil)
		case 6:
			s.get("/app/rest/projects/{projectLocator}", "/app/rest/projects/"+pick(a, "id:"+p,
				"name:"+a.vendor(), p), object{"id", p, "name", a.name(), "parentProjectId", "_Root", "href",
				"/app/rest/projects/id:" + p})
		case 7:
			s.get("/app/rest/projects", "/app/rest/projects", object{"count", 1, "project", []object{{"id", p,
				"name", "x"}}})
		case 8, 9:
			s.get("/app/rest/buildTypes/{btLocator}", "/app/rest/buildTypes/"+pick(a, "id:"+t, t), bt)
		case 10:
			name := pick(a, "env.HOME", "system.debug", "version", a.word(3))
			s.do(pick(a, "GET", "PUT", "DELETE"), "/app/rest/buildTypes/{btLocator}/parameters/{name}",
				"/app/rest/buildTypes/id:"+t+"/parameters/"+name, nil, 200, object{"name", name,
					"value", a.word(2), "inherited", false})
		case 11:
			w := pick(a, "steps", "triggers", "features", "vcs-root-entries")
			s.get("/app/rest/buildTypes/{btLocator}/"+w, "/app/rest/buildTypes/id:"+t+"/"+w,
				object{"count", 1, w, []object{{"id", "RUNNER_" + a.id(styleSmall), "type", "simpleRunner"}}})
		case 12:
			s.do("POST", "/app/rest/buildQueue", "/app/rest/buildQueue", object{"buildType", object{"id", t},
				"branchName", pick(a, "main", "develop"), "personal", false}, 200, build)
		case 13:
			s.get("/app/rest/agents/{agentLocator}", "/app/rest/agents/"+pick(a, "id:"+a.id(styleSmall),
				"name:"+g), object{"id", 7, "name", g, "connected", true, "enabled", a.chance(.8), "ip", "10.0.0.7"})
		case 14:
			s.do("PUT", "/app/rest/agents/{agentLocator}/enabled",
				"/app/rest/agents/id:"+a.id(styleSmall)+"/enabled", nil, 200, nil)
		}
	}
	s.noise(30)
}

// merchantDialect is a shop whose products have keys of their owner's choice, some with an encoded
// slash; carts of guests and of the customer; and stores before the version.
func merchantDialect(a *api) {
	s := &suite{api: a}
	skus := some(9, func() string {
		return pick(a, fmt.Sprintf("24-MB%02d", a.r.IntN(99)), strings.ToUpper(a.word(1))+"-"+a.word(2)+"-XL", a.word(2)+"%2F"+a.word(1), "WS"+a.id(styleInt))
	})
	carts := some(5, func() string { return a.base62(32) })
	orders := some(6, func() string { return a.id(styleInt) })
	for range 170 {
		k, cart, o := pick(a, skus...), pick(a, carts...), pick(a, orders...)
		sku := strings.ReplaceAll(k, "%2F", "/")
		root, rootT := "/rest/V1", "/rest/V1"
		if a.chance(.2) {
			root, rootT = "/rest/"+pick(a, "default", "all", "de", "outlet")+"/V1", "/rest/{store}/V1"
		}
		product := object{"id", a.r.IntN(3000), "sku", sku, "name", a.name(),
			"price", float64(a.r.IntN(9000)) / 100, "status", pick(a, 1, 2), "visibility", 4,
			"type_id", pick(a, "simple", "configurable", "bundle"), "created_at", "2026-01-02 10:11:12",
			"custom_attributes", []object{{"attribute_code", "color", "value", "49"}}}
		item := object{"item_id", a.r.IntN(900), "sku", sku, "qty", 1 + a.r.IntN(4), "quote_id", cart, "price", 7.5}
		switch a.r.IntN(17) {
		case 0, 1, 2:
			s.get(rootT+"/products/{sku}", root+"/products/"+k, product)
		case 3:
			s.get(rootT+"/products", root+"/products?searchCriteria[pageSize]=20&searchCriteria[currentPage]="+a.id(styleSmall), object{"items", []object{product}, "search_criteria", object{"page_size", 20}, "total_count", 7})
		case 4:
			s.do("PUT", rootT+"/products/{sku}", root+"/products/"+k, object{"product", object{"name", a.name(),
				"price", 12}}, 200, product)
		case 5:
			s.do("DELETE", rootT+"/products/{sku}", root+"/products/"+k, nil, 200, true)
		case 6:
			s.get(rootT+"/products/{sku}/media", root+"/products/"+k+"/media", []object{{"id", a.r.IntN(99),
				"media_type", "image", "file", "/m/b/x.jpg", "types", []any{"image", "thumbnail"}}})
		case 7:
			n := a.id(styleSmall)
			s.get(rootT+"/products/{sku}/media/{entryId}", root+"/products/"+k+"/media/"+n, object{"id", n,
				"media_type", "image", "file", "/m/b/x.jpg"})
		case 8:
			s.do("POST", rootT+"/products/{sku}/group-prices/{group}/tiers/{qty}/price/{price}", root+"/products/"+k+"/group-prices/"+pick(a, "all", "0", "1", "3")+"/tiers/"+a.id(styleSmall)+"/price/"+fmt.Sprintf("%d.50", a.r.IntN(90)), nil, 200, true)
		case 9:
			s.get(rootT+"/stockItems/{sku}", root+"/stockItems/"+k, object{"item_id", a.r.IntN(900),
				"product_id", 7, "qty", 100, "is_in_stock", true})
		case 10:
			s.do("POST", rootT+"/guest-carts/{cartId}/items", root+"/guest-carts/"+cart+"/items",
				object{"cartItem", object{"sku", sku, "qty", 1, "quote_id", cart}}, 200, item)
		case 11:
			s.get(rootT+"/guest-carts/{cartId}/"+"totals", root+"/guest-carts/"+cart+"/totals",
				object{"grand_total", 36.5, "base_currency_code", "USD", "items", []object{item}})
		case 12:
			n := a.id(styleSmall)
			s.do("DELETE", rootT+"/guest-carts/{cartId}/items/{itemId}", root+"/guest-carts/"+cart+"/items/"+n, nil, 200, true)
		case 13:
			w := pick(a, "carts/mine", "carts/mine/items", "customers/me", "store/storeConfigs", "modules",
				"categories", "directory/currency")
			s.get(rootT+"/"+w, root+"/"+w, object{"id", 3, w, "x"})
		case 14:
			s.get(rootT+"/orders/{id}", root+"/orders/"+o, object{"entity_id", o, "increment_id", "0000" + o,
				"state", pick(a, "new", "processing", "complete"), "customer_email", "a@b.example", "items", []object{item}})
		case 15:
			v := pick(a, "comments", "statuses", "emails", "hold", "unhold", "cancel")
			m := "POST"
			if v == "statuses" {
				m = "GET"
			}
			s.do(m, rootT+"/orders/{id}/"+v, root+"/orders/"+o+"/"+v, nil, 200, true)
		case 16:
			c := pick(a, "color", "size", "manufacturer", a.word(3))
			s.get(rootT+"/products/attributes/{attributeCode}", root+"/products/attributes/"+c,
				object{"attribute_id", 93, "attribute_code", c, "frontend_input", "select", "options",
					[]object{{"label", " ", "value", ""}}})
		}
	}
	s.noise(40)
}
