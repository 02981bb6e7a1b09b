package attack

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A policy of mcp holds over HTTP for each client, in whatever session and form it calls (threat 16).
func TestEnforcedMCPOverHTTP(t *testing.T) {
	const secret = "the-text-of-flow-one"
	denied := strings.ReplaceAll(call(`"name":"inspect_flow","arguments":{"flow_id":1}`), "ID", "7")
	for name, c := range map[string]struct {
		body   string
		header map[string]string
	}{
		"plain":               {body: denied},
		"batch":               {body: "[" + denied + "]"},
		"two messages":        {body: strings.Replace(denied, `"flow_id":1`, `"flow_id":2`, 1) + "\n" + denied},
		"notification":        {body: strings.Replace(denied, `"id":7,`, "", 1)},
		"argument twice":      {body: strings.Replace(denied, `"flow_id":1`, `"flow_id":2,"flow\u005fid":1`, 1)},
		"arguments in two":    {body: strings.Replace(denied, `"arguments":`, `"arguments":{"flow_id":2},"Arguments":`, 1)},
		"answer and call":     {body: strings.Replace(denied, `"id":7,`, `"id":7,"result":{},`, 1)},
		"session in capitals": {body: denied, header: map[string]string{"Mcp-Session-Id": "SESSION"}},
		"session of another":  {body: denied, header: map[string]string{"Mcp-Session-Id": "OTHER"}},
		"two sessions":        {body: denied, header: map[string]string{"Mcp-Session-Id": "SESSION,OTHER"}},
		"no session":          {body: denied, header: map[string]string{"Mcp-Session-Id": ""}},
		"other revision":      {body: denied, header: map[string]string{"Mcp-Protocol-Version": modern, "Mcp-Method": "ping"}},
		"resource":            {body: strings.ReplaceAll(rpc("resources/read", `"uri":"spectap://flow/1"`), "ID", "7")},
		"completion":          {body: strings.ReplaceAll(rpc("completion/complete", `"ref":{"type":"ref/resource","uri":"spectap://flow/1"},"argument":{"name":"flow_id","value":""}`), "ID", "7")},
	} {
		try(t, name, "names what the policy of mcp denies, over HTTP", "no answer has the text of the flow", func(a *attack) {
			db := a.capture(exchange{url: "http://api.example/a/" + secret, answerType: "text/plain", answerBody: secret}, exchange{url: "http://api.example/b"})
			_, url, token := a.listen(nil, "mcp", "--compat", "mitmproxy-mcp", "--db", db, "--policy", a.file("policy.yaml", mcpPolicy))
			g, other := a.httpAgent(legacy, url, token), a.httpAgent(legacy, url, token)
			r, err := http.NewRequestWithContext(a.Context(), http.MethodPost, url, strings.NewReader(c.body))
			if err != nil {
				a.Fatal(err)
			}
			for k, v := range map[string]string{
				"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
				"Mcp-Protocol-Version": legacy, "Mcp-Session-Id": g.session,
			} {
				r.Header.Set(k, v)
			}
			for k, v := range c.header {
				v = strings.NewReplacer("SESSION,", g.session+",", "SESSION", strings.ToUpper(g.session), "OTHER", other.session).Replace(v)
				r.Header.Set(k, v)
			}
			client := &http.Client{Timeout: 3 * time.Second}
			if resp, err := client.Do(r); err == nil {
				text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
				resp.Body.Close()
				a.excluding("the answer", string(text), secret)
			}
			for _, x := range []*agent{g, other} {
				if got := x.call("inspect_flow", object{"flow_id": 2}); got.isError {
					a.Fatal("an allowed call is refused: ", got.raw)
				}
			}
		})
	}
}
