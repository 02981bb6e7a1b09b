package attack

import (
	"fmt"
	"strings"
	"testing"
)

// Programs of captured requests are written in bounded time and memory (threat 14).
func TestGeneratedPrograms(t *testing.T) {
	const limit = 500 // MiB
	var secrets []string
	for i := range 9000 {
		secrets = append(secrets, fmt.Sprintf("X-Key-%d: sk_live_%024d", i, i))
	}
	long := make([]exchange, 40)
	for i := range long {
		long[i].url = fmt.Sprintf("http://api.example/%d?q=%s", i, strings.Repeat("a'", 400_000))
	}
	for name, c := range map[string]struct {
		flows    []exchange
		tooLarge bool
	}{
		"different secrets": {[]exchange{{url: "http://api.example/a", header: secrets}}, false},
		"long requests":     {long, true},
		"one long request":  {long[:1], false},
	} {
		try(t, name, "has an agent ask for a program of requests that were made for it", "it gets an answer, in bounded memory", func(a *attack) {
			g := a.agent(legacy, []string{"mcp", "--db", a.capture(c.flows...)})
			ids := []int{}
			for i := range c.flows {
				ids = append(ids, i+1)
			}
			for _, framework := range []string{"curl", "httpx", "requests"} {
				r := g.call("generate_client", object{"flow_ids": ids, "target_framework": framework})
				if r.isError != c.tooLarge || c.tooLarge && !strings.Contains(r.text, "name fewer") {
					a.breach("%s: %.300s", framework, r.raw)
				}
			}
			if peak := peakOf(g.service.cmd.Process.Pid); peak > limit {
				a.breach("%d MiB", peak)
			}
		})
	}
}
