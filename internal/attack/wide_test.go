package attack

import (
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"
)

// Bodies with millions of cells, values, attributes or lines take bounded memory and time, whoever
// reads them (threats 13 and 14).
func TestWideBodies(t *testing.T) {
	const limit = 350 // MiB; 64 MiB of plain text take 200
	for name, c := range map[string]struct{ kind, head, item, end string }{
		"a row":      {"text/csv", "", "a,", ""},
		"objects":    {"application/json", "[", `{"a":{"b":{"c":1}}},`, "1]"},
		"numbers":    {"application/json", `{"a":[`, "1,", "1]}"},
		"attributes": {"application/xml", "<a ", `a="" `, "/>"},
		"lines":      {"application/x-ndjson", "", "{}\n", ""},
		"events":     {"text/event-stream", "", "data:1\n", ""},
	} {
		try(t, name, "answers with 60 MiB of tiny parts in 400 KB", "every reader ends, in bounded memory", func(a *attack) {
			body := packed([]byte(c.head + strings.Repeat(c.item, (60<<20)/len(c.item)) + c.end))
			archive := strings.Replace(har(exchange{url: "http://api.example/a", answer: []string{"Content-Encoding: gzip"}, answerType: c.kind, answerBody: "BODY"}),
				`"text":"BODY"`, `"encoding":"base64","text":"`+base64.StdEncoding.EncodeToString(body)+`"`, 1)
			db, doc := filepath.Join(a.dir, "flows.db"), filepath.Join(a.dir, "o.yaml")
			for _, args := range [][]string{
				{"import", a.file("a.har", archive)}, {"export", "-o", doc}, {"check", doc}, {"flows", "show", "1"}, {"flows", "export", "-o", doc + ".har"},
			} {
				if got := a.spectap(append(args, "--db", db)...); got.endless || got.peak > limit {
					a.breach("%s: endless %v, %d MiB", args[0], got.endless, got.peak)
				}
			}
		})
	}
}
