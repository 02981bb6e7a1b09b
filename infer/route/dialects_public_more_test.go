package route

import (
	"fmt"
	"strings"
)

// partnersDialect is OData with services in capitals, keys in parentheses and functions.
func partnersDialect(a *api) {
	root := "/sap/opu/odata/sap/"
	for range 80 {
		p, o := fmt.Sprint(10000000+a.r.IntN(9000000)), fmt.Sprint(a.r.IntN(90000))
		d := func(rows ...any) object { return object{"d", object(append([]any{"__metadata", "x"}, rows...))} }
		bp, so := root+"API_BUSINESS_PARTNER", root+"API_SALES_ORDER_SRV"
		switch a.r.IntN(7) {
		case 0, 1:
			a.call(pick(a, "GET", "PATCH"), bp+"/A_BusinessPartner('{BusinessPartner}')", bp+"/A_BusinessPartner('"+p+"')", 200, d("BusinessPartner", p, "Customer", "x"))
		case 2:
			w := pick(a, "to_BusinessPartnerAddress", "to_Customer", "to_Supplier")
			a.call("GET", bp+"/A_BusinessPartner('{BusinessPartner}')/"+w, bp+"/A_BusinessPartner('"+p+"')/"+w, 200, d("results", w+"Type"))
		case 3:
			a.call("GET", so+"/A_SalesOrder('{SalesOrder}')", so+"/A_SalesOrder('"+o+"')", 200, d("SalesOrder", o, "SoldToParty", "x"))
		case 4:
			w := pick(a, "A_SalesOrder", "A_SalesOrderItem")
			a.call(pick(a, "GET", "POST"), so+"/"+w, so+"/"+w, 200, d("results", w+"Type"))
		case 5:
			w := pick(a, "A_BusinessPartner", "A_Customer", "A_Supplier", "$metadata", "$batch")
			a.call(map[bool]string{true: "POST", false: "GET"}[w == "$batch"], bp+"/"+w, bp+"/"+w, 200, d("results", w+"Type"))
		case 6:
			a.call("GET", so+"/A_SalesOrderItem(SalesOrder='{SalesOrder}',SalesOrderItem='{SalesOrderItem}')",
				fmt.Sprintf("%s/A_SalesOrderItem(SalesOrder='%s',SalesOrderItem='%d')", so, o, 10*(1+a.r.IntN(9))), 200, d("SalesOrder", o, "Material", "x"))
		}
	}
}

// incidentsDialect has tables of records by name, statistics of them, and apps with a version.
func incidentsDialect(a *api) {
	tables := []string{"incident", "sys_user", "change_request", "cmdb_ci_server", "u_" + a.word(2), "problem"}
	for range 90 {
		t, id := pick(a, tables...), a.hex(32)
		record := object{"result", object{"sys_id", id, "number", "INC0010023", "sys_updated_on", "x", "state", "1"}}
		switch a.r.IntN(8) {
		case 0, 1:
			a.call("GET", "/api/now/table/{tableName}", "/api/now/table/"+t, 200, object{"result", []object{{"sys_id", id, "sys_updated_on", "x", "state", "1"}}})
		case 2:
			a.call("POST", "/api/now/table/{tableName}", "/api/now/table/"+t, 201, record)
		case 3, 4:
			a.call(pick(a, "GET", "PATCH", "DELETE"), "/api/now/table/{tableName}/{sys_id}", "/api/now/table/"+t+"/"+id, 200, record)
		case 5:
			a.call("GET", "/api/now/stats/{tableName}", "/api/now/stats/"+t, 200, object{"result", object{"stats", object{"count", "7"}}})
		case 6:
			w := pick(a, "", "/file")
			a.call("GET", "/api/now/attachment/{sys_id}"+w, "/api/now/attachment/"+id+w, 200, object{"result", object{"sys_id", id, "file_name", "x", w, "y"}})
		case 7:
			c := pick(a, "sn_chg_rest/v1/change", "sn_chg_rest/v1/change/normal", "sn_sc/v1/servicecatalog/items", "global/user_role_inheritance", "now/attachment")
			a.call("GET", "/api/"+c, "/api/"+c, 200, object{"result", object{strings.ReplaceAll(c, "/", "_"), "x"}})
		}
	}
}

// lakeDialect has catalogs, schemas and tables with dotted full names, and grants by type and name.
func lakeDialect(a *api) {
	catalogs, schemas := []string{"main", "hive_metastore", a.id(styleWord)}, []string{"default", "sales", a.id(styleWord)}
	tables := []string{"orders", "customers_raw", a.id(styleWord), "daily_events"}
	for range 90 {
		c := pick(a, catalogs...)
		s := c + "." + pick(a, schemas...)
		t := s + "." + pick(a, tables...)
		root := "/api/2.1/unity-catalog/"
		switch a.r.IntN(9) {
		case 0:
			a.call(pick(a, "GET", "PATCH", "DELETE"), root+"catalogs/{name}", root+"catalogs/"+c, 200, object{"name", c, "owner", "x", "metastore_id", "y"})
		case 1:
			a.call(pick(a, "GET", "PATCH"), root+"schemas/{full_name}", root+"schemas/"+s, 200, object{"full_name", s, "catalog_name", c, "owner", "x"})
		case 2, 3:
			a.call(pick(a, "GET", "DELETE"), root+"tables/{full_name}", root+"tables/"+t, 200, object{"full_name", t, "table_type", "MANAGED", "columns", "x"})
		case 4:
			k, n := "catalog", c
			if a.chance(.6) {
				k, n = "table", t
			}
			if a.chance(.3) {
				k, n = "schema", s
			}
			w := pick(a, "permissions", "effective-permissions")
			a.call("GET", root+w+"/{securable_type}/{full_name}", root+w+"/"+k+"/"+n, 200, object{"privilege_assignments", []object{{"principal", "x", "privileges", "y"}}})
		case 5:
			w := pick(a, "external-locations", "storage-credentials")
			n := pick(a, "landing", a.id(styleSlug))
			a.call(pick(a, "GET", "DELETE"), root+w+"/{name}", root+w+"/"+n, 200, object{"name", n, w, "x"})
		case 6:
			id := a.id(styleUUID)
			a.call("GET", root+"metastores/{id}", root+"metastores/"+id, 200, object{"metastore_id", id, "region", "x"})
		case 7:
			w := pick(a, "catalogs", "schemas", "tables", "metastores", "metastore_summary", "current-metastore-assignment", "external-locations")
			a.call("GET", root+w, root+w, 200, object{w, []object{{"name", "x", w, "y"}}})
		case 8:
			w := pick(a, "create", "list", "get", "run-now", "runs/list", "runs/cancel")
			a.call("POST", "/api/2.1/jobs/"+w, "/api/2.1/jobs/"+w, 200, object{"job_id", a.id(styleInt), w, "x"})
		}
	}
}

// nationsDialect is a public API: singular attributes above words, and things by name or number.
func nationsDialect(a *api) {
	country := func() object {
		return object{"name", object{"common", "Peru"}, "cca2", "PE", "capital", "Lima", "population", "7"}
	}
	monsters := []string{"ditto", "pikachu", "mr-mime", "1", "25", "charizard"}
	for range 80 {
		switch a.r.IntN(9) {
		case 0:
			a.call("GET", "/v3.1/name/{name}", "/v3.1/name/"+pick(a, "peru", "france", "united", "deutschland"), 200, []object{country()})
		case 1:
			a.call("GET", "/v3.1/alpha/{code}", "/v3.1/alpha/"+pick(a, "pe", "co", "col", "170"), 200, []object{country()})
		case 2:
			a.call("GET", "/v3.1/currency/{currency}", "/v3.1/currency/"+pick(a, "cop", "euro", "usd"), 200, []object{country()})
		case 3:
			a.call("GET", "/v3.1/region/{region}", "/v3.1/region/"+pick(a, "europe", "asia", "africa"), 200, []object{country(), country()})
		case 4:
			a.call("GET", "/v3.1/lang/{language}", "/v3.1/lang/"+pick(a, "spanish", "french", "cop"), 200, []object{country()})
		case 5, 6:
			m := pick(a, monsters...)
			a.call("GET", "/api/v2/pokemon/{name}", "/api/v2/pokemon/"+m, 200, object{"id", "25", "name", m, "base_experience", "x", "height", "7"})
		case 7:
			t := pick(a, "fire", "water", "12", "fairy")
			a.call("GET", "/api/v2/type/{name}", "/api/v2/type/"+t, 200, object{"id", "3", "name", t, "damage_relations", "x"})
		case 8:
			t := pick(a, "thunder-punch", "cut", "13", "fly")
			a.call("GET", "/api/v2/move/{name}", "/api/v2/move/"+t, 200, object{"id", "3", "name", t, "accuracy", "x"})
		}
	}
	for _, w := range []string{"v3.1/all", "v3.1/independent", "api/v2/pokemon", "api/v2/type", "api/v2/move", "api/v2/ability"} {
		a.call("GET", "/"+w, "/"+w, 200, object{"count", "7", "results", []object{{"name", "x", "url", "y"}}})
	}
}

// channelsDialect has things whose ids have colons, states of items by name, and add-ons.
func channelsDialect(a *api) {
	items := []string{"Kitchen_Light", "Temperature_Outside", "FrontDoor", "gAll", "Vacation"}
	uid := func() string {
		return pick(a, "zwave:device", "hue:0210", "mqtt:topic") + ":" + a.hex(8) + ":" + a.word(1) + a.id(styleSmall)
	}
	things := []string{uid(), uid(), uid(), uid()}
	for range 80 {
		i, t := pick(a, items...), pick(a, things...)
		switch a.r.IntN(9) {
		case 0, 1:
			a.call(pick(a, "GET", "POST", "PUT"), "/rest/items/{itemname}", "/rest/items/"+i, 200, object{"name", i, "state", "ON", "type", "Switch"})
		case 2:
			a.call(pick(a, "GET", "PUT"), "/rest/items/{itemname}/state", "/rest/items/"+i+"/state", 200, nil)
		case 3:
			a.call(pick(a, "PUT", "DELETE"), "/rest/items/{itemname}/tags/{tag}", "/rest/items/"+i+"/tags/"+pick(a, "Lighting", "Alarm"), 200, nil)
		case 4:
			a.call(pick(a, "GET", "DELETE"), "/rest/things/{thingUID}", "/rest/things/"+t, 200, object{"UID", t, "label", "x", "thingTypeUID", "y"})
		case 5:
			w := pick(a, "config", "status", "firmwares", "enable")
			a.call(map[bool]string{true: "PUT", false: "GET"}[w == "enable"], "/rest/things/{thingUID}/"+w, "/rest/things/"+t+"/"+w, 200, object{w, "x"})
		case 6:
			c := t + ":" + pick(a, "brightness", "switch_binary")
			a.call(pick(a, "GET", "PUT", "DELETE"), "/rest/links/{itemName}/{channelUID}", "/rest/links/"+i+"/"+c, 200, object{"itemName", i, "channelUID", c})
		case 7:
			d := pick(a, "binding-hue", "ui-basic", "persistence-jdbc")
			w := pick(a, "install", "uninstall")
			a.call("POST", "/rest/addons/{addonId}/"+w, "/rest/addons/"+d+"/"+w, 200, nil)
		case 8:
			w := pick(a, "items", "things", "links", "addons", "rules", "systeminfo", "sitemaps", "uuid")
			a.call("GET", "/rest/"+w, "/rest/"+w, 200, []object{{w, "x", "editable", true}})
		}
	}
}

// coinsDialect has slugs beside lists below plural nouns, and contracts on platforms.
func coinsDialect(a *api) {
	coins := []string{"bitcoin", "ethereum", "usd-coin", "cardano", "dogecoin", "matic-network"}
	exchanges := []string{"binance", "gdax", "kraken", "uniswap_v3"}
	for range 90 {
		c, e := pick(a, coins...), pick(a, exchanges...)
		switch a.r.IntN(9) {
		case 0, 1:
			a.call("GET", "/api/v3/coins/{id}", "/api/v3/coins/"+c, 200, object{"id", c, "symbol", "x", "market_data", "y", "genesis_date", "z"})
		case 2:
			w := pick(a, "market_chart", "ohlc", "tickers", "history")
			a.call("GET", "/api/v3/coins/{id}/"+w, "/api/v3/coins/"+c+"/"+w, 200, object{w, "x", "at", "y"})
		case 3:
			a.call("GET", "/api/v3/coins/{id}/market_chart/range", "/api/v3/coins/"+c+"/market_chart/range", 200, object{"prices", "x", "total_volumes", "y"})
		case 4:
			x := "0x" + a.hex(40)
			a.call("GET", "/api/v3/coins/{id}/contract/{contract_address}", "/api/v3/coins/"+pick(a, "ethereum", "polygon-pos")+"/contract/"+x, 200,
				object{"id", c, "contract_address", x, "symbol", "y"})
		case 5:
			a.call("GET", "/api/v3/exchanges/{id}", "/api/v3/exchanges/"+e, 200, object{"name", strings.ToUpper(e[:1]) + e[1:], "year_established", "x", "trust_score", "7"})
		case 6:
			w := pick(a, "tickers", "volume_chart")
			a.call("GET", "/api/v3/exchanges/{id}/"+w, "/api/v3/exchanges/"+e+"/"+w, 200, object{"name", e, w, "x"})
		case 7:
			a.call("GET", "/api/v3/simple/token_price/{id}", "/api/v3/simple/token_price/"+pick(a, "ethereum", "polygon-pos", "solana"), 200, object{"0x" + a.hex(8), object{"usd", "1"}})
		case 8:
			w := pick(a, "coins/list", "coins/markets", "coins/categories", "coins/categories/list", "exchanges/list", "exchanges", "simple/price", "simple/supported_vs_currencies", "search", "search/trending", "global", "ping")
			a.call("GET", "/api/v3/"+w, "/api/v3/"+w, 200, []object{{strings.ReplaceAll(w, "/", "_"), "x"}})
		}
	}
}

// monitorsDialect names kinds of objects in the path, each with the same collections and actions.
func monitorsDialect(a *api) {
	root := "/site/check/api/1.0/"
	hosts := []string{"web01", "db-prod", "localhost", a.id(styleWord) + ".example.com"}
	object1 := func(kind, id string) object {
		return object{"domainType", kind, "id", id, "title", "x", "links", "y", "members", "z", "extensions", object{kind + "_attributes", "x"}}
	}
	for range 90 {
		h := pick(a, hosts...)
		switch a.r.IntN(9) {
		case 0, 1:
			a.call(pick(a, "GET", "PUT", "DELETE"), root+"objects/host_config/{host_name}", root+"objects/host_config/"+h, 200, object1("host_config", h))
		case 2:
			a.call("PUT", root+"objects/host_config/{host_name}/actions/move/invoke", root+"objects/host_config/"+h+"/actions/move/invoke", 200, object1("host_config", h))
		case 3:
			f := pick(a, "~", "~servers", "~servers~linux")
			a.call(pick(a, "GET", "PUT"), root+"objects/folder_config/{folder}", root+"objects/folder_config/"+f, 200, object1("folder_config", f))
		case 4:
			g := pick(a, "all", "windows", a.id(styleWord))
			a.call(pick(a, "GET", "DELETE"), root+"objects/contact_group_config/{name}", root+"objects/contact_group_config/"+g, 200, object1("contact_group_config", g))
		case 5:
			u := pick(a, "cmkadmin", "automation", a.id(styleWord))
			a.call(pick(a, "GET", "PUT"), root+"objects/user_config/{username}", root+"objects/user_config/"+u, 200, object1("user_config", u))
		case 6, 7:
			k := pick(a, "host_config", "folder_config", "contact_group_config", "user_config", "service")
			a.call("GET", root+"domain-types/"+k+"/collections/all", root+"domain-types/"+k+"/collections/all", 200,
				object{"domainType", k, "id", "all", "value", []object{object1(k, h)}})
		case 8:
			w := pick(a, "activation_run/actions/activate-changes/invoke", "metric/actions/get/invoke", "downtime/collections/host", "host_config/actions/bulk-create/invoke")
			a.call("POST", root+"domain-types/"+w, root+"domain-types/"+w, 200, object{strings.ReplaceAll(w, "/", "_"), "x"})
		}
	}
	a.call("GET", root+"version", root+"version", 200, object{"site", "x", "edition", "y"})
}
