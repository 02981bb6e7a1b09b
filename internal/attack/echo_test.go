package attack

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httputil"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// A variable of a session has a secret in any position of a request, and the API returns the
// request: no result and no stored flow shows it (threats 2 and 16).
func TestEchoOfVariables(t *testing.T) {
	const t1, t2 = "$t", "${t}"
	positions := map[string]object{
		"value of a header":        {"headers_json": `{"X-A":"` + t1 + `"}`},
		"within a header":          {"headers_json": `{"X-A":"a` + t2 + `b"}`},
		"name of a header":         {"headers_json": `{"` + t2 + `":"x"}`},
		"known header":             {"headers_json": `{"Authorization":"Bearer ` + t1 + `"}`},
		"cookie":                   {"headers_json": `{"Cookie":"a=` + t1 + `; b=` + t2 + `"}`},
		"user agent":               {"headers_json": `{"User-Agent":"` + t1 + `"}`},
		"value of the query":       {"query_json": `{"a":"` + t1 + `"}`},
		"list of the query":        {"query_json": `{"a":["x","` + t1 + `"]}`},
		"within a value":           {"query_json": `{"a":"x` + t2 + `y"}`},
		"body":                     {"body": t1},
		"member of a body":         {"body": `{"a":"` + t1 + `"}`},
		"name of a member":         {"body": `{"` + t2 + `":1}`},
		"twice in a body":          {"body": t2 + t2},
		"everywhere":               {"body": `{"a":"` + t1 + `"}`, "query_json": `{"a":"` + t1 + `"}`, "headers_json": `{"X-A":"` + t1 + `"}`},
		"value in a path by query": {"query_json": `{"a/b":"` + t1 + `#` + t1 + `"}`},
	}
	for name, args := range positions {
		for _, form := range []string{"plain", "base64", "hex", "percent", "unicode", "entities", "reversed", "halves"} {
			run := trySlow
			if form == "plain" || form == "hex" {
				run = try
			}
			run(t, name+"/"+form, "sends a captured secret in some position to an API that returns the request",
				"neither the result nor the stored flow shows it", func(a *attack) {
					u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
						all := must.Get(httputil.DumpRequest(r, true))
						if !bytes.Contains(all, []byte(bankToken)) {
							a.breach("the request has no secret, so that this attack shows nothing: %.300s", all)
							return
						}
						w.Header().Set("X-Echo", disguise(form, bankToken, bankToken))
						fmt.Fprintf(w, "you sent %s and %s", disguise(form, bankToken, bankToken), all)
					})
					g := a.agent(legacy, sending(a.capture(
						exchange{method: "POST", url: u.URL + "/login", typ: "application/json", body: `{"user":"u"}`, answerType: "application/json",
							answerBody: `{"access_token":"` + bankToken + `"}`},
						exchange{method: "PUT", url: u.URL + "/a", typ: "application/json", body: `{"a":1}`},
					), u))
					g.fine("extract_session_variable", object{"name": "t", "flow_id": 1, "regex_pattern": `"access_token":"([^"]+)"`})
					call := object{"flow_id": 2}
					for k, v := range args {
						call[k] = v
					}
					hidden := []string{bankToken, bankToken[4:22], disguise(form, bankToken, bankToken)}
					a.excluding("the question", g.call("replay_flow", call).raw, hidden...)
					a.excluding("the result", g.confirm("replay_flow", call).raw, hidden...)
					a.excluding("the stored flow", g.call("inspect_flows", object{"flow_ids": 3}).raw, hidden...)
					a.excluding("the search", g.call("search_traffic", object{"query": "you sent"}).raw, hidden...)
				})
		}
	}
}
