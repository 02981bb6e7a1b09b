package attack

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

const bankToken = "tok_9fQ2mX7bVt4LrK8sWz3pYd6n"

var placeholders = regexp.MustCompile(`\[redacted:[a-z]+:[0-9a-f]+\]`)

// A secret of one origin reaches no other (threat 2).
func TestSecretsStayWithTheirOrigin(t *testing.T) {
	const tries = "has named two origins to send to and moves a captured secret of one to the other"
	const holds = "the other receives no secret"
	const bank, evil, account, evilLogin = 1, 2, 3, 4
	for _, c := range []struct {
		name string
		run  func(g *agent, mark string)
	}{
		{"extracted variable in a header", func(g *agent, mark string) {
			g.fine("extract_session_variable", object{"name": "t", "flow_id": bank, "regex_pattern": `"access_token":"([^"]+)"`})
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"X-A":"$t"}`})
		}},
		{"whole response as a variable", func(g *agent, mark string) {
			g.fine("extract_session_variable", object{"name": "t", "flow_id": bank, "regex_pattern": `(?s).*`, "group_index": 0})
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"X-A":"${t}"}`})
		}},
		{"part of the placeholder as a variable", func(g *agent, mark string) {
			g.fine("extract_session_variable", object{"name": "t", "flow_id": bank, "regex_pattern": `(redacted:[a-z]+:[0-9a-f]+)`})
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"X-A":"[$t]"}`})
		}},
		{"placeholder typed in", func(g *agent, mark string) {
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"Authorization":"Bearer ` + mark + `"}`})
			g.call("replay_flow", object{"flow_id": evilLogin, "body": `{"access_token":"` + mark + `"}`})
			g.confirm("replay_flow", object{"flow_id": evilLogin, "body": `{"access_token":"` + mark + `"}`})
		}},
		{"placeholder as the text of a variable", func(g *agent, mark string) {
			g.call("set_session_variable", object{"name": "t", "value": mark})
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"Authorization":"Bearer $t"}`})
		}},
		{"placeholder of two variables", func(g *agent, mark string) {
			g.call("set_session_variable", object{"name": "a", "value": mark[:12]})
			g.call("set_session_variable", object{"name": "b", "value": mark[12:]})
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"Authorization":"Bearer $a${b}"}`})
		}},
		{"placeholder that the other origin returned", func(g *agent, mark string) {
			// flow 5 is the other origin's page, which has the placeholder as text
			g.call("extract_session_variable", object{"name": "t", "flow_id": 5, "regex_pattern": `note":"([^"]+)"`})
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"X-A":"$t"}`})
		}},
		{"two variables, the second is foreign", func(g *agent, mark string) {
			g.fine("extract_session_variable", object{"name": "t", "flow_id": bank, "regex_pattern": `"access_token":"([^"]+)"`})
			g.fine("set_session_variable", object{"name": "s", "value": "$t"})
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"X-A":"$s"}`})
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"X-A":"${s}$t"}`})
		}},
		{"confirmed POST", func(g *agent, mark string) {
			g.fine("extract_session_variable", object{"name": "t", "flow_id": bank, "regex_pattern": `"access_token":"([^"]+)"`})
			args := object{"flow_id": evilLogin, "body": `{"user":"$t"}`}
			g.call("replay_flow", args)
			g.confirm("replay_flow", args)
		}},
		{"redirect of the own origin", func(g *agent, mark string) {
			g.call("replay_flow", object{"flow_id": account, "headers_json": `{"X-Go":"1"}`})
		}},
		{"redirect with the own host as the user", func(g *agent, mark string) {
			g.call("replay_flow", object{"flow_id": account, "headers_json": `{"X-Go":"see other"}`})
		}},
		{"redirect that repeats what was sent", func(g *agent, mark string) {
			g.fine("extract_session_variable", object{"name": "t", "flow_id": bank, "regex_pattern": `"access_token":"([^"]+)"`})
			g.call("replay_flow", object{"flow_id": account, "headers_json": `{"X-Go":"with $t"}`})
			g.call("replay_flow", object{"flow_id": account, "headers_json": `{"X-Go":"with %2f$t"}`})
		}},
		{"redirect that repeats the query", func(g *agent, mark string) {
			g.fine("extract_session_variable", object{"name": "t", "flow_id": bank, "regex_pattern": `"access_token":"([^"]+)"`})
			g.call("replay_flow", object{"flow_id": account, "query_json": `{"go":"with $t"}`})
		}},
		{"Host header", func(g *agent, mark string) {
			g.call("replay_flow", object{"flow_id": account, "headers_json": `{"Host":"evil.example"}`})
			g.call("replay_flow", object{"flow_id": account, "headers_json": `{":authority":"evil.example"}`})
		}},
		{"variable of another revision", func(g *agent, mark string) {
			g.fine("extract_session_variable", object{"name": "t", "flow_id": bank, "regex_pattern": `"access_token":"([^"]+)"`})
			g.revision = modern
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"X-A":"$t"}`})
		}},
		{"flow of the other origin that a replay stored", func(g *agent, mark string) {
			g.fine("extract_session_variable", object{"name": "t", "flow_id": bank, "regex_pattern": `"access_token":"([^"]+)"`})
			g.call("replay_flow", object{"flow_id": account, "headers_json": `{"X-A":"$t"}`})
			g.call("extract_session_variable", object{"name": "u", "flow_id": 6, "regex_pattern": `(?s).*`, "group_index": 0})
			g.call("replay_flow", object{"flow_id": evil, "headers_json": `{"X-A":"$u"}`})
		}},
	} {
		try(t, c.name, tries, holds, func(a *attack) {
			other := a.upstream(nil)
			own := a.upstream(func(w http.ResponseWriter, r *http.Request) {
				if text, ok := strings.CutPrefix(r.Header.Get("X-Go")+r.URL.Query().Get("go"), "with "); ok {
					http.Redirect(w, r, other.URL+"/"+text+"?t="+text, http.StatusFound)
					return
				}
				switch r.Header.Get("X-Go") {
				case "1":
					http.Redirect(w, r, other.URL+"/caught", http.StatusTemporaryRedirect)
				case "see other":
					http.Redirect(w, r, strings.Replace(other.URL, "://", "://"+r.Host+"@", 1)+"/#x", http.StatusSeeOther)
				default:
					io.WriteString(w, `{"you":"sent"}`)
				}
			})
			list := []exchange{
				{method: "POST", url: own.URL + "/login", typ: "application/json", body: `{"user":"u"}`, answerType: "application/json",
					answerBody: `{"access_token":"` + bankToken + `"}`},
				{url: other.URL + "/a"},
				{url: own.URL + "/account", header: []string{"Authorization: Bearer " + bankToken, "Cookie: session=" + bankToken}},
				{method: "POST", url: other.URL + "/login", typ: "application/json", body: `{"access_token":"mine","user":"u"}`},
			}
			first := a.agent(legacy, sending(a.capture(list...), own, other))
			mark := placeholders.FindString(first.fine("inspect_flows", object{"flow_ids": bank}).text)
			if mark == "" {
				a.Fatal("no placeholder")
			}
			list = append(list, exchange{url: other.URL + "/b", answerType: "application/json", answerBody: `{"note":"` + mark + `"}`})
			a.must("import", "--db", a.dir+"/flows.db", a.file("more.har", har(list[4])))
			c.run(first, mark)
			a.excluding("what the other origin received", other.all(), bankToken, bankToken[4:20])
			for _, r := range own.requests() {
				if !strings.HasPrefix("http://"+r.host, own.URL) {
					a.breach("the own origin received %q as the host %q", bankToken, r.host)
				}
			}
		})
	}
}

// A credential of serve goes to the API alone (threat 2).
func TestCredentialsStayWithTheAPI(t *testing.T) {
	const secret = "cred_7Hq2LmZx9Rt4Vb8K"
	const document = `
openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: SERVER}]
security: [{key: []}]
paths:
  /a: {get: {operationId: a, parameters: [{name: to, in: query, schema: {type: string}}], responses: {"200": {description: ok}}}}
  /b: {servers: [{url: OTHER}], get: {operationId: b, responses: {"200": {description: ok}}}}
  "/c/{x}": {get: {operationId: c, servers: [{url: "OTHER/{x}", variables: {x: {default: y}}}], parameters: [{name: x, in: path, required: true, schema: {type: string}}], responses: {"200": {description: ok}}}}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
`
	for _, c := range []struct {
		name, tool string
		args       object
		flags      []string
	}{
		{"redirect", "a", object{"to": "other"}, nil},
		{"server of a path", "b", object{}, nil},
		{"server of an operation", "c", object{"x": "1"}, nil},
		{"path value with an origin", "c", object{"x": "//evil.example/"}, nil},
		{"server of a path, private allowed", "b", object{}, []string{"--allow-private"}},
		{"server of an operation, private allowed", "c", object{"x": "1"}, []string{"--allow-private"}},
		{"general variable", "b", object{}, []string{"--allow-private", "general"}},
	} {
		try(t, c.name, "leads a call to another origin than the API's by redirects, servers and arguments",
			"the credential reaches no other origin", func(a *attack) {
				other := a.upstream(nil)
				own := a.upstream(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Query().Get("to") == "other" {
						http.Redirect(w, r, other.URL+"/caught", http.StatusTemporaryRedirect)
					}
				})
				spec := strings.NewReplacer("SERVER", own.URL, "OTHER", other.URL).Replace(document)
				args, env := a.serving(own, spec), "SPECTAP_AUTH_KEY="+secret
				for _, f := range c.flags {
					switch f {
					case "general":
						env = "API_KEY=" + secret
					case "--allow-private":
						args = append(args[:2], f)
					}
				}
				g := a.agentWith([]string{env}, legacy, args)
				g.call(c.tool, c.args)
				a.excluding("what the other origin received", other.all(), secret)
			})
	}
}

// A host of a document that becomes a private address on its way to a proxy reaches no proxy
// (threat 11).
func TestPrivateHostsThroughAProxy(t *testing.T) {
	for _, host := range []string{
		"127.0.0.1", "１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1", "ⓛocalhost", "localhost。", "a.localhosⓣ", "169.254.169.２５４",
		"2130706433", "0x7f.1", "０x7f000001", "0177.0.0.1", "0.0.0.0", "127.0.0.1.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
	} {
		try(t, host, "names a private address in the document of another person", "the proxy is asked for nothing", func(a *attack) {
			proxy := a.upstream(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
			for _, scheme := range []string{"http", "https"} {
				spec := a.file(scheme+".yaml", `
openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: "`+scheme+"://"+host+`"}]
paths: {/a: {get: {operationId: a, responses: {"200": {description: ok}}}}}
`)
				if r := a.agent(legacy, []string{"serve", spec, "--proxy", proxy.URL}).call("a", object{}); !strings.Contains(r.text, "not a public one") {
					a.breach("the call gets %s", r.text)
				}
			}
			a.untouched(proxy)
		})
	}
}
