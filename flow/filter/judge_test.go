package filter_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/flow/redact"
)

// drawFlow draws a flow with texts that redaction changes and others that it keeps, encoded in
// several ways.
func drawFlow(t *rapid.T) flow.Flow {
	part := rapid.SampledFrom([]string{
		"orders", "Secret", "token", "17", "a%62c", "caf%C3%A9", "x+y", "redacted", "3f9a1c07be", "card", "a b", "a;b", "a=b", "3D", "{\"k\":1}",
		"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "jane.doe@example.com", "4111111111111111", "reset-password",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "u003c", "<b>", "hunter2hunter2", "[1]", "%5B",
	})
	text := func(name, sep string, n int) string {
		return strings.Join(rapid.SliceOfN(part, 0, n).Draw(t, name), sep)
	}
	f := flow.Flow{
		Seq: flow.Seq(rapid.IntRange(1, 9).Draw(t, "seq")), Source: rapid.SampledFrom([]string{"proxy", flow.SourceReplay}).Draw(t, "source"),
		Done: rapid.Bool().Draw(t, "done"), Started: now.Add(-time.Duration(rapid.IntRange(0, 5).Draw(t, "age")) * time.Hour),
		Took: time.Duration(rapid.IntRange(0, 2000).Draw(t, "took")) * time.Millisecond,
		Request: flow.Request{
			Method: rapid.SampledFrom([]string{"GET", "POST"}).Draw(t, "method"), Scheme: "https",
			Authority: rapid.SampledFrom([]string{"a.example", "b.example:8443"}).Draw(t, "host"),
			Path:      "/" + text("path", "/", 3),
		},
	}
	if rapid.Bool().Draw(t, "query") {
		f.Request.RawQuery = rapid.SampledFrom([]string{"q", "password", "page", "token"}).Draw(t, "name") + "=" + text("value", "&x=", 3)
	}
	if rapid.Bool().Draw(t, "failed") {
		f.Err = rapid.SampledFrom([]string{"no answer " + text("err", " ", 2), flow.ClientLeft}).Draw(t, "failure")
	}
	f.Request.Header, f.Request.Body = drawBody(t, text("request", " ", 3))
	if rapid.Bool().Draw(t, "answered") {
		f.Response = &flow.Response{Status: rapid.SampledFrom([]int{200, 404, 503}).Draw(t, "status")}
		f.Response.Header, f.Response.Body = drawBody(t, text("response", " ", 3))
		if f.Err == flow.ClientLeft {
			f.Response.Header = flow.Header{{Name: "Content-Type", Value: "text/event-stream"}}
		}
	}
	return f
}

func drawBody(t *rapid.T, text string) (flow.Header, flow.Body) {
	mediaType, data := "text/plain", text
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return nil, flow.Body{}
	case 1:
		mediaType, data = "application/json", fmt.Sprintf(`{"%s":"%s","n":17}`, rapid.SampledFrom([]string{"name", "password", "email"}).Draw(t, "member"), text)
	case 2:
		mediaType, data = "application/json", fmt.Sprintf(`{"note":%q,"card":4111111111111111}`, text+"\u00e9<")
	case 3:
		mediaType, data = "application/x-www-form-urlencoded", "password="+text+"&b=2"
	}
	return flow.Header{{Name: "Content-Type", Value: mediaType}}, flow.Body{Data: []byte(data), Size: int64(len(data))}
}

// drawFilter draws a filter whose texts are parts of the flow, as it is or redacted.
func drawFilter(t *rapid.T, f, shown *flow.Flow, depth int) string {
	if depth > 0 && rapid.Bool().Draw(t, "operator") {
		a, b := drawFilter(t, f, shown, depth-1), drawFilter(t, f, shown, depth-1)
		return fmt.Sprintf(rapid.SampledFrom([]string{"(%s %s)", "(%s or %s)", "-(%s) %s"}).Draw(t, "form"), a, b)
	}
	one := f
	if rapid.Bool().Draw(t, "redacted") {
		one = shown
	}
	texts := []string{one.Request.Path, one.Request.RawQuery, one.Request.URL(), string(one.Request.Body.Data), "x"}
	if one.Response != nil {
		texts = append(texts, string(one.Response.Body.Data))
	}
	text := rapid.SampledFrom(texts).Draw(t, "text") + " "
	from := rapid.IntRange(0, len(text)-1).Draw(t, "from")
	text = text[from:rapid.IntRange(from+1, min(from+8, len(text))).Draw(t, "to")]
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.ToValidUTF8(text, "")) + `"`
	plain := regexp.QuoteMeta(strings.ToValidUTF8(text, ""))
	form := rapid.SampledFrom([]string{"%s", "(?i)%s", "(%s)+", "x*%s.?", "(%s|order)", "[a-z]+%s", "(?i)(jane|%s)", "%s|17"}).Draw(t, "expression")
	expression := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(fmt.Sprintf(form, plain)) + `"`
	return rapid.SampledFrom([]string{
		"host:a.example", "method:POST", "status:5xx", "status:none", "took:>1s", "time:>-2h", "source:proxy", "number:1-4", "is:failed", "is:pending",
		"is:truncated", "type:json", "size:>20", "header:content-type", "path:/orders", "path:/*" + quoted + "*", "path:/" + quoted, "path:" + `"` + strings.ReplaceAll(one.Request.Path[:min(4, len(one.Request.Path))], `"`, "") + `"`,
		"query:password", "query:q=" + quoted, quoted, quoted, "body:" + quoted, "request.body:" + quoted, "response.body:" + quoted,
		"body:~[0-9]{16}", "body:~" + `"\"[a-z]+\":[0-9]+"`, "body:~" + `"(?i)[a-f]{2}[0-9]"`, "body:~" + `"[a-z ]+:"`, "body:~" + `"card\":\""`, "response.body:~[A-Za-z0-9]{9,}",
		"body:~" + `"note.*[a-z]{5}"`, "body:~" + `"\\bcard\\b"`, "body:~" + `"^[0-9]+$"`, "body:~" + `"([a-z]{4}|17)\\W"`, "body:~" + `"\"[,}]"`,
		"path:~" + `"s."`, "body:~" + `"r.d"`, "body:~" + expression, "request.body:~" + expression,
	}).Draw(t, "term")
}

// TestJudgeLaw checks that a verdict about a view of a flow is that of Match about the flow.
func TestJudgeLaw(t *testing.T) {
	red := redact.New([]byte("key"), redact.Config{})
	verdicts := map[filter.Verdict]int{}
	rapid.Check(t, func(t *rapid.T) {
		f := drawFlow(t)
		shown := red.Flow(f)
		brief := f.Brief()
		for range 20 {
			text := drawFilter(t, &f, &shown, 2)
			where, err := filter.Parse(text, now)
			if err != nil {
				continue // such as an open quote
			}
			for _, c := range []struct {
				name string
				got  filter.Verdict
				want bool
			}{
				{"brief", where.Judge(&brief, filter.View{Brief: true}), where.Match(&f)},
				{"whole", where.Judge(&f, filter.View{}), where.Match(&f)},
				{"brief before redaction", where.Judge(&brief, filter.View{Brief: true, Redacted: true}), where.Match(&shown)},
				{"whole before redaction", where.Judge(&f, filter.View{Redacted: true}), where.Match(&shown)},
			} {
				verdicts[c.got]++
				if c.got == filter.Yes && !c.want || c.got == filter.No && c.want {
					t.Fatalf("%s, %s: verdict %d, but match %t of %+v, shown as %+v %s", text, c.name, c.got, c.want, f, shown, shown.Request.Body.Data)
				}
				if c.name == "whole" && c.got == filter.Maybe {
					t.Fatalf("%s: maybe, although the whole flow is known", text)
				}
			}
		}
	})
	if verdicts[filter.No] == 0 || verdicts[filter.Maybe] == 0 || verdicts[filter.Yes] == 0 {
		t.Errorf("the verdicts are %v", verdicts)
	}
}
