package route

import (
	"fmt"
	"strings"
)

// ledgerDialect has capitalized collections below a version, files by name, and reports that are
// called after what they show.
func ledgerDialect(a *api) {
	kinds := []string{"Invoices", "Contacts", "Payments", "CreditNotes", "BankTransactions"}
	for range 80 {
		k, id := pick(a, kinds...), a.id(styleUUID)
		one := strings.TrimSuffix(k, "s")
		body := object{"Id", a.id(styleUUID), "Status", "OK", k, []object{{one + "ID", id, one + "Number", "INV-7", "UpdatedDateUTC", "x"}}}
		at, atT := "/api.xro/2.0/"+k, "/api.xro/2.0/"+k
		switch a.r.IntN(9) {
		case 0, 1:
			a.call(pick(a, "GET", "PUT"), atT, at, 200, body)
		case 2:
			a.call(pick(a, "GET", "POST"), atT+"/{id}", at+"/"+id, 200, body)
		case 3:
			a.call("GET", "/api.xro/2.0/Invoices/{id}", fmt.Sprintf("/api.xro/2.0/Invoices/INV-%04d", a.r.IntN(9000)), 200,
				object{"Id", a.id(styleUUID), "Status", "OK", "Invoices", []object{{"InvoiceID", id, "InvoiceNumber", "x"}}})
		case 4:
			w := pick(a, "Attachments", "History")
			a.call("GET", atT+"/{id}/"+w, at+"/"+id+"/"+w, 200, object{"Id", a.id(styleUUID), "Status", "OK", w, "x"})
		case 5:
			f := pick(a, "receipt.pdf", a.word(2)+".png", "scan%201.jpg")
			a.call(pick(a, "GET", "PUT"), atT+"/{id}/Attachments/{file}", at+"/"+id+"/Attachments/"+f, 200, nil)
		case 6:
			w := pick(a, "BalanceSheet", "ProfitAndLoss", "TrialBalance", "BankSummary")
			a.call("GET", "/api.xro/2.0/Reports/"+w, "/api.xro/2.0/Reports/"+w, 200, object{"Id", a.id(styleUUID), "Reports",
				[]object{{"ReportID", w, "ReportName", w, "Rows", "x"}}})
		case 7:
			o := a.id(styleUUID)
			a.call("DELETE", "/api.xro/2.0/TrackingCategories/{id}/Options/{option}", "/api.xro/2.0/TrackingCategories/"+id+"/Options/"+o, 200,
				object{"Id", a.id(styleUUID), "Options", []object{{"TrackingOptionID", o}}})
		case 8:
			a.call("GET", "/api.xro/2.0/Organisation", "/api.xro/2.0/Organisation", 200, object{"Id", a.id(styleUUID), "Organisations", "x"})
		}
	}
}

// dynosDialect knows things by name or identifier, and processes by a type and a number.
func dynosDialect(a *api) {
	var apps []string
	for range 4 {
		apps = append(apps, pick(a, a.word(2)+"-"+a.word(2)+"-"+fmt.Sprint(10000+a.r.IntN(9000)), a.id(styleSlug), a.id(styleUUID)))
	}
	named := func(o object, name string) object { return append(object{"id", a.id(styleUUID), "name", name}, o...) }
	for range 90 {
		x := pick(a, apps...)
		at, atT := "/apps/"+x, "/apps/{app}"
		switch a.r.IntN(12) {
		case 0, 1:
			a.call(pick(a, "GET", "PATCH", "DELETE"), atT, at, 200, named(object{"stack", "x", "web_url", "y"}, x))
		case 2:
			d := pick(a, "web", "worker", "run") + "." + a.id(styleSmall)
			a.call(pick(a, "GET", "DELETE"), atT+"/dynos/{dyno}", at+"/dynos/"+d, 200, named(object{"type", "web", "state", "up"}, d))
		case 3:
			d := pick(a, "web", "worker") + "." + a.id(styleSmall)
			a.call("POST", atT+"/dynos/{dyno}/actions/stop", at+"/dynos/"+d+"/actions/stop", 202, nil)
		case 4:
			t := pick(a, "web", "worker", "clock")
			a.call(pick(a, "GET", "PATCH"), atT+"/formation/{type}", at+"/formation/"+t, 200,
				object{"id", a.id(styleUUID), "type", t, "quantity", "1"})
		case 5:
			a.call(pick(a, "GET", "PATCH"), atT+"/config-vars", at+"/config-vars", 200, object{"RACK_ENV", "x", "PORT", "80"})
		case 6:
			w := pick(a, "releases", "builds", "domains", "addons")
			a.call("GET", atT+"/"+w, at+"/"+w, 200, []object{{"id", a.id(styleUUID), w, "x", "status", "y"}})
		case 7:
			r := pick(a, a.id(styleSmall), a.id(styleUUID))
			a.call("GET", atT+"/releases/{release}", at+"/releases/"+r, 200, object{"id", a.id(styleUUID), "version", "7", "releases", "x"})
		case 8:
			h := "www." + a.word(2) + ".com"
			a.call(pick(a, "GET", "DELETE"), atT+"/domains/{hostname}", at+"/domains/"+h, 200,
				object{"id", a.id(styleUUID), "hostname", h, "kind", "custom"})
		case 9:
			d := "redis-" + a.word(2) + "-" + fmt.Sprint(10+a.r.IntN(90000))
			a.call("GET", "/addons/{addon}", "/addons/"+d, 200, named(object{"plan", "x", "config_vars", "y"}, d))
		case 10:
			t := pick(a, "acme", a.word(2))
			a.call("GET", "/teams/{team}/apps", "/teams/"+t+"/apps", 200, []object{named(object{"stack", "x", "web_url", "y"}, x)})
		case 11:
			e := pick(a, a.word(2)+"@example.com", a.id(styleUUID))
			a.call("DELETE", atT+"/collaborators/{user}", at+"/collaborators/"+e, 200, object{"user", object{"email", e}, "role", "x"})
		}
	}
	for _, w := range []string{"apps", "account", "account/keys", "account/rate-limits", "regions", "stacks", "addon-services", "teams"} {
		a.call("GET", "/"+w, "/"+w, 200, object{w, "x", "created_at", "y"})
	}
}

// officialsDialect publishes data: dotted indicators of countries, resources of two short tokens, and actions.
func officialsDialect(a *api) {
	code := func() string { return strings.ToLower(a.base32(4)) + "-" + strings.ToLower(a.base32(4)) }
	for range 80 {
		country := pick(a, "br", "de", "us", "all", "br;de", "CHN")
		indicator := pick(a, "SP.POP.TOTL", "NY.GDP.MKTP.CD", "SI.POV.DDAY", "EN.ATM.CO2E.PC")
		x := code()
		meta := object{"page", "1", "pages", "7", "total", "50"}
		switch a.r.IntN(9) {
		case 0, 1:
			a.call("GET", "/v2/country/{country}/indicator/{indicator}", "/v2/country/"+country+"/indicator/"+indicator, 200,
				[]object{meta, {"indicator", object{"id", indicator}, "country", object{"id", strings.ToUpper(country)}, "value", "7"}})
		case 2:
			a.call("GET", "/v2/country/{country}", "/v2/country/"+country, 200,
				[]object{meta, {"id", "x", "iso2Code", strings.ToUpper(country), "capitalCity", "y"}})
		case 3:
			a.call("GET", "/v2/indicator/{indicator}", "/v2/indicator/"+indicator, 200, []object{meta, {"id", indicator, "sourceNote", "x"}})
		case 4:
			a.call("GET", "/v2/topic/{topic}/indicator", "/v2/topic/"+a.id(styleSmall)+"/indicator", 200,
				[]object{meta, {"id", indicator, "sourceNote", "x"}})
		case 5:
			a.call("GET", "/resource/{id}.json", "/resource/"+x+".json", 200, []object{{"borough", "x", "zip", "y"}})
		case 6:
			a.call("GET", "/api/views/{id}/columns", "/api/views/"+x+"/columns", 200,
				[]object{{"id", a.id(styleInt), "dataTypeName", "text", "position", "1"}})
		case 7:
			a.call("GET", "/api/views/{id}", "/api/views/"+x, 200, object{"id", x, "name", "y", "viewType", "tabular"})
		case 8:
			w := pick(a, "package_list", "package_show", "datastore_search", "group_list", "organization_show")
			a.call("GET", "/api/3/action/"+w, "/api/3/action/"+w, 200, object{"help", "x", "success", "true", "result", object{w, "x"}})
		}
	}
	for _, w := range []string{"v2/region", "v2/source", "v2/incomelevel", "api/catalog/v1", "api/views"} {
		a.call("GET", "/"+w, "/"+w, 200, []object{{"id", "x", w, "y"}})
	}
}
