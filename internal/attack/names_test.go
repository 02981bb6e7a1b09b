package attack

import (
	"strings"
	"testing"
)

// Names that are made to be read again and again, as arrays in arrays that could replace the method
// of a request, cost an agent's call no more time than others of their length (threat 14).
func TestCostlyNames(t *testing.T) {
	long := map[string]string{
		"dots": strings.Repeat("p.", 500_000), "brackets": "p" + strings.Repeat("[a]", 300_000), "words": strings.Repeat("x.", 500_000) + "method",
	}
	for name, member := range long {
		try(t, "serve/"+name, "calls a tool with a member of a megabyte, which is made of names", "the call is answered", func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(legacy, a.serving(u, writing))
			if r := g.call("pay", object{"requestBody": object{member: 1}}); !r.held() {
				a.breach("%.300s", r.raw)
			}
		})
		try(t, "replay/"+name, "sends a request again with a field of a megabyte, which is made of names", "the call is answered", func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(legacy, sending(a.capture(exchange{method: "POST", url: u.URL + "/a", typ: "application/x-www-form-urlencoded", body: "a=1"}), u))
			if r := g.call("replay_flow", object{"flow_id": 1, "body": member + "=1"}); !r.held() {
				a.breach("%.300s", r.raw)
			}
		})
	}
}
