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
