package route

import (
	"fmt"
	"strings"
)

// salesDialect has services of OData with quoted and composed keys, and navigation below them.
func salesDialect(a *api) {
	root := "/odata/" + strings.ToUpper(a.word(2)) + "/"
	for _, service := range []string{"API_SALES_ORDER_SRV", "API_BUSINESS_PARTNER", "API_MATERIAL_STOCK_SRV"} {
		set := pick(a, "A_SalesOrder", "A_Partner", "A_Delivery", "A_BillingDocument")
		at := root + service + "/" + set
		list := object{"d", object{"results", []object{{"Order", a.id(styleInt), "Type", "OR"}}}}
		for range 22 {
			id, line := a.id(styleInt), fmt.Sprint(10*(1+a.r.IntN(9)))
			one := object{"d", object{"__metadata", object{"uri", "https://x" + at + "('" + id + "')"}, "Order", id, "Type", "OR"}}
			switch a.r.IntN(7) {
			case 0:
				a.call("GET", at, at, 200, list)
			case 1, 2:
				a.call(pick(a, "GET", "PATCH"), at+"('{key}')", at+"('"+id+"')", 200, one)
			case 3:
				nav := pick(a, "to_Item", "to_Partner", "to_Text")
				a.call("GET", at+"('{key}')/"+nav, at+"('"+id+"')/"+nav, 200, list)
			case 4, 5:
				a.call(pick(a, "GET", "DELETE"), at+"Item(Order='{order}',Item='{item}')", at+"Item(Order='"+id+"',Item='"+line+"')", 200,
					object{"d", object{"Order", id, "Item", line, "Material", "x"}})
			case 6:
				a.call("GET", at+"Item(Order='{order}',Item='{item}')/to_Text", at+"Item(Order='"+id+"',Item='"+line+"')/to_Text", 200, list)
			}
		}
		a.call("GET", root+service+"/$metadata", root+service+"/$metadata", 200, nil)
		a.call("POST", root+service+"/$batch", root+service+"/$batch", 202, nil)
		a.call("GET", at+"/$count", at+"/$count", 200, nil)
	}
}

// lookupDialect has literals that say by which name a thing is looked up.
func lookupDialect(a *api) {
	id := func() string { return a.base32(26) }
	user := func(name, id string) object {
		return object{"id", id, "username", name, "email", "x", "nickname", "y"}
	}
	root := "/api/v4"
	for range 100 {
		name, u, c, t := a.id(styleSlug), id(), id(), id()
		team, channel := pick(a, "core", "sales", a.word(2)), pick(a, "town-square", "off-topic", a.word(2)+"-"+a.word(2))
		ch := object{"id", c, "team_id", t, "name", channel, "display_name", "x"}
		switch a.r.IntN(10) {
		case 0:
			a.call(pick(a, "GET", "PUT"), root+"/users/{user_id}", root+"/users/"+u, 200, user(name, u))
		case 1:
			a.call("GET", root+"/users/username/{username}", root+"/users/username/"+name, 200, user(name, u))
		case 2:
			mail := name + "@x.example"
			a.call("GET", root+"/users/email/{email}", root+"/users/email/"+mail, 200, user(name, u))
		case 3:
			a.call("GET", root+"/users/me/teams", root+"/users/me/teams", 200, []object{{"id", t, "name", team, "type", "O"}})
		case 4:
			a.call("GET", root+"/teams/name/{team}", root+"/teams/name/"+team, 200, object{"id", t, "name", team, "type", "O"})
		case 5:
			a.call("GET", root+"/teams/name/{team}/channels/name/{channel}", root+"/teams/name/"+team+"/channels/name/"+channel, 200, ch)
		case 6:
			a.call(pick(a, "GET", "DELETE"), root+"/channels/{channel_id}", root+"/channels/"+c, 200, ch)
		case 7:
			a.call("GET", root+"/channels/{channel_id}/posts", root+"/channels/"+c+"/posts", 200, object{"order", "x", "posts", object{id(), "y"}})
		case 8:
			a.call("GET", root+"/users/{user_id}/channels/{channel_id}/unread", root+"/users/"+pick(a, u, u, "me")+"/channels/"+c+"/unread", 200,
				object{"team_id", t, "channel_id", c, "msg_count", "7"})
		case 9:
			emoji := pick(a, "thumbsup", "+1", "tada", a.word(2))
			a.call("DELETE", root+"/users/{user_id}/posts/{post_id}/reactions/{emoji}", root+"/users/"+u+"/posts/"+id()+"/reactions/"+emoji, 200,
				object{"status", "OK"})
		}
	}
	for _, w := range []string{"config/client", "system/ping", "emoji", "users/stats", "users/search"} {
		a.call("GET", root+"/"+w, root+"/"+w, 200, object{"status", "OK", "version", "x"})
	}
}

// viewsDialect has projects, kinds of access, articles, granularities and dates, each a segment.
func viewsDialect(a *api) {
	day := func() string { return fmt.Sprintf("20%d%02d%02d", 19+a.r.IntN(6), 1+a.r.IntN(12), 1+a.r.IntN(28)) }
	items := func(project, access, grain string) object {
		return object{"items", []object{{"project", project, "access", access, "granularity", grain, "timestamp", day() + "00", "views", a.id(styleInt)}}}
	}
	root := "/api/rest_v1/metrics"
	for range 80 {
		project := pick(a, "en.wikipedia", "de.wikipedia", "commons.wikimedia", "fr.wiktionary")
		access, agent, grain := pick(a, "all-access", "desktop", "mobile-web"), pick(a, "user", "spider", "all-agents"), pick(a, "daily", "monthly")
		article := pick(a, "Albert_Einstein", "Berlin", "List_of_cities", "Are_You_the_One%3F", "C%2B%2B", a.vendor())
		switch a.r.IntN(4) {
		case 0, 1:
			a.call("GET", root+"/pageviews/per-article/{project}/{access}/{agent}/{article}/{granularity}/{start}/{end}",
				strings.Join([]string{root, "pageviews/per-article", project, access, agent, article, grain, day(), day()}, "/"), 200,
				object{"items", []object{{"project", project, "article", article, "granularity", grain, "timestamp", day() + "00", "access", access,
					"agent", agent, "views", "7"}}})
		case 2:
			a.call("GET", root+"/unique-devices/{project}/{access}/{granularity}/{start}/{end}",
				strings.Join([]string{root, "unique-devices", project, access, grain, day(), day()}, "/"), 200, items(project, access, grain))
		case 3:
			a.call("GET", root+"/pageviews/top/{project}/{access}/{year}/{month}/{day}", fmt.Sprintf("%s/pageviews/top/%s/%s/20%d/%02d/%02d", root,
				project, access, 19+a.r.IntN(6), 1+a.r.IntN(12), 1+a.r.IntN(28)), 200, items(project, access, grain))
		}
	}
}

// foreignDialect has nouns, verbs and properties in German or Spanish.
func foreignDialect(a *api) {
	type thing struct{ noun, kid, verb, flag, number, label string }
	things := []thing{
		{"kunden", "adressen", "sperren", "gesperrt", "kundennummer", "anrede"},
		{"auftraege", "positionen", "freigeben", "freigegeben", "auftragsnummer", "bemerkung"},
		{"artikel", "bestaende", "archivieren", "archiviert", "artikelnummer", "bezeichnung"},
		{"rechnungen", "mahnungen", "stornieren", "storniert", "rechnungsnummer", "betrag"},
	}
	search := "suche"
	if a.chance(.5) {
		search = "buscar"
		things = []thing{
			{"clientes", "direcciones", "bloquear", "bloqueado", "numero", "tratamiento"},
			{"pedidos", "lineas", "aprobar", "aprobado", "numeroPedido", "observaciones"},
			{"articulos", "existencias", "archivar", "archivado", "codigo", "descripcion"},
			{"facturas", "recordatorios", "anular", "anulada", "numeroFactura", "importe"},
		}
	}
	root := pick(a, "", "/api", "/api/v1")
	for _, k := range things {
		number := func() string {
			return pick(a, a.id(styleInt), strings.ToUpper(k.noun[:2])+"-"+a.id(styleInt), a.id(styleSlug))
		}
		body := func(id string) object { return object{k.number, id, k.label, "x", k.flag, "false"} }
		at, atT := root+"/"+k.noun, root+"/"+k.noun+"/{id}"
		for range 25 {
			id := number()
			switch a.r.IntN(7) {
			case 0:
				a.call("GET", at, at, 200, []object{body(number()), body(number())})
			case 1:
				a.call("POST", at, at, 201, body(id))
			case 2, 3:
				a.call(pick(a, "GET", "PUT", "DELETE"), atT, at+"/"+id, 200, body(id))
			case 4:
				a.call("GET", atT+"/"+k.kid, at+"/"+id+"/"+k.kid, 200, []object{{"id", a.id(styleInt), "menge", "7"}})
			case 5:
				a.call("POST", atT+"/"+k.verb, at+"/"+id+"/"+k.verb, 200, body(id))
			case 6:
				a.call("GET", at+"/"+search, at+"/"+search, 200, []object{body(number())})
			}
		}
	}
}

// servicesDialect has a version of its own behind the name of each service.
func servicesDialect(a *api) {
	for _, s := range []string{"catalog", "orders", "inventory", "shipping", "feeds"} {
		version := pick(a, "v1", "v0", "v2.1", "2022-04-01", "2021-06-30", "beta")
		noun := a.noun()
		style := pick(a, styleSlug, styleInt, styleMixed, styleToken)
		at := "/" + s + "/" + version + "/" + noun
		atT := at + "/{id}"
		for range 20 {
			id := a.id(style)
			body := object{"code", id, "status", "x", "title", "y"}
			switch a.r.IntN(5) {
			case 0:
				a.call(pick(a, "GET", "POST"), at, at, 200, object{"payload", object{noun, []object{body}}})
			case 1, 2:
				a.call(pick(a, "GET", "PATCH"), atT, at+"/"+id, 200, object{"payload", body})
			case 3:
				a.call("GET", atT+"/items", at+"/"+id+"/items", 200,
					object{"payload", object{"items", []object{{"sku", a.id(styleInt), "quantity", "7"}}}})
			case 4:
				a.call("POST", atT+"/confirm", at+"/"+id+"/confirm", 202, object{"payload", object{"accepted", "true"}})
			}
		}
		a.call("GET", "/"+s+"/"+version+"/reports/summary", "/"+s+"/"+version+"/reports/summary", 200, object{"payload", object{"total", "7"}})
	}
}

// weatherDialect has coordinates, offices, zones and stations.
func weatherDialect(a *api) {
	geo := func(props object) object {
		return object{"type", "Feature", "geometry", object{"type", "Point"}, "properties", props}
	}
	for range 90 {
		office := strings.ToUpper(a.word(2))[:3]
		x, y := 1+a.r.IntN(150), 1+a.r.IntN(150)
		grid, gridT := fmt.Sprintf("/gridpoints/%s/%d,%d", office, x, y), "/gridpoints/{office}/{cell}"
		zone, station := strings.ToUpper(a.word(1))[:2]+fmt.Sprintf("Z%03d", a.r.IntN(300)), "K"+strings.ToUpper(a.word(2))[:3]
		kind := pick(a, "forecast", "county", "fire")
		switch a.r.IntN(9) {
		case 0:
			a.call("GET", "/points/{point}", fmt.Sprintf("/points/%.4f,-%.4f", 30+20*a.r.Float64(), 70+50*a.r.Float64()), 200,
				geo(object{"gridId", office, "gridX", fmt.Sprint(x), "gridY", fmt.Sprint(y)}))
		case 1:
			a.call("GET", gridT, grid, 200, geo(object{"temperature", object{"uom", "x"}, "gridId", office}))
		case 2:
			a.call("GET", gridT+"/forecast", grid+"/forecast", 200, geo(object{"periods", "x", "units", "us"}))
		case 3:
			a.call("GET", gridT+"/forecast/hourly", grid+"/forecast/hourly", 200, geo(object{"periods", "x", "units", "us"}))
		case 4:
			a.call("GET", "/stations/{station}/observations/latest", "/stations/"+station+"/observations/latest", 200,
				geo(object{"station", "https://x/stations/" + station, "temperature", "7"}))
		case 5:
			a.call("GET", "/stations/{station}", "/stations/"+station, 200, geo(object{"stationIdentifier", station, "name", "x"}))
		case 6:
			a.call("GET", "/zones/{type}/{zone}", "/zones/"+kind+"/"+zone, 200, geo(object{"id", zone, "type", kind, "state", "x"}))
		case 7:
			a.call("GET", "/alerts/active/zone/{zone}", "/alerts/active/zone/"+zone, 200,
				object{"type", "FeatureCollection", "features", []object{geo(object{"event", "x"})}})
		case 8:
			a.call("GET", "/alerts/active/area/{area}", "/alerts/active/area/"+pick(a, "CA", "TX", "NY", "FL"), 200,
				object{"type", "FeatureCollection", "features", []object{geo(object{"event", "x"})}})
		}
	}
	for _, w := range []string{"alerts", "alerts/active", "alerts/types", "glossary", "offices/" + strings.ToUpper(a.word(2))[:3]} {
		t := w
		if strings.HasPrefix(w, "offices/") {
			t = "offices/{office}"
		}
		a.call("GET", "/"+t, "/"+w, 200, object{"@context", "x", w, "y"})
	}
}
