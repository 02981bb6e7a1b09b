package attack

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// hostile is text that a terminal, a reader or a browser acts on.
var hostile = map[string]string{
	"escape sequence": "x\x1b]0;owned\x07y", "CSI": "x\x1b[2Jy", "8-bit CSI": "x\u009b2Jy", "bidi": "x\u202eyz\u202c", "isolate": "x\u2066y\u2069",
	"zero width": "x\u200by", "tags": "x\U000e0041y", "carriage return": "ok\rEVIL", "backspace": "a\b\b\bEVIL", "line separator": "x\u2028y", "soft hyphen": "x\u00ady",
}

var unsafe = regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")

// quoted writes text as a JSON string with escapes for all but ASCII.
func quoted(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r < ' ' || r > '~' || r == '"' || r == '\\':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

// Documents and traffic cannot write to the terminal or hide text from a reader (threat 15).
func TestForeignTextIsVisible(t *testing.T) {
	const tries = "writes text into a document or traffic that a terminal acts on or that hides from a reader"
	const holds = "no command and no tool passes it on as it is"
	for name, text := range hostile {
		q := quoted(text)
		doc := `{"openapi":"3.0.3","info":{"title":` + q + `,"version":` + q + `,"description":` + q + `},"tags":[{"name":` + q + `,"description":` + q + `}],
"servers":[{"url":"https://api.example","description":` + q + `}],"x-note":` + q + `,
"paths":{"/a/{id}":{"get":{"operationId":` + q + `,"summary":` + q + `,"description":` + q + `,"tags":[` + q + `],
"parameters":[{"name":"id","in":"path","required":true,"description":` + q + `,"schema":{"type":"string","enum":[` + q + `,"a"],"default":` + q + `,"pattern":` + q + `}},
{"name":` + q + `,"in":"query","schema":{"type":"object","properties":{` + q + `:{"type":"string","title":` + q + `,"example":` + q + `}}}}],
"responses":{"200":{"description":` + q + `,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"}}}}}}},
"/b":{"get":{"responses":{"200":{"description":"ok"}},"parameters":[{"$ref":"#/components/parameters/missing"}]}}},
"components":{"schemas":{"A":{"type":"object","required":[` + q + `],"properties":{` + q + `:{"type":` + q + `}}}}}}`
		fine := strings.Replace(strings.Replace(doc, `"$ref":"#/components/parameters/missing"`, `"name":"x","in":"query","schema":{"type":"string"}`, 1), `{"type":`+q+`}`, `{"type":"string"}`, 1)
		for _, cmd := range [][]string{{"lint"}, {"validate"}, {"doc"}, {"doc", "--format", "html"}, {"diff"}, {"serve", "--dry-run"}, {"serve", "--dry-run", "--summary"}, {"filter", "--tag", "zzz"}} {
			try(t, strings.Join(cmd, " ")+"/"+name, tries, holds, func(a *attack) {
				for i, d := range []string{doc, fine} {
					args := append([]string{cmd[0], a.file(fmt.Sprintf("d%d.json", i), d)}, cmd[1:]...)
					switch cmd[0] {
					case "diff":
						args = append(args, a.file("other.json", strings.ReplaceAll(d, "/a/{id}", "/c/{id}")))
					case "serve":
						args = append(args, "--base-url", "http://127.0.0.1:1")
					}
					o := a.spectap(args...)
					if at := unsafe.FindStringIndex(o.stdout + o.stderr); at != nil {
						out := o.stdout + o.stderr
						a.breach("%s passes on %q", cmd, out[max(0, at[0]-60):min(len(out), at[1]+20)])
					}
				}
			})
		}
		try(t, "tools/"+name, tries, holds, func(a *attack) {
			u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain; charset=utf-8")
				io.WriteString(w, text)
			})
			g := a.agent(legacy, a.serving(u, fine))
			list := g.request("tools/list", object{}).raw
			if at := escapes(list); at >= 0 || unsafe.MatchString(strings.TrimSpace(list)) {
				a.breach("tools/list has it: %.300q", list[max(0, at-100):])
			}
		})
		try(t, "capture/"+name, tries, holds, func(a *attack) {
			db := a.capture(exchange{method: "POST", url: "https://api.example/a/" + strings.ReplaceAll(urlEscape(text), "+", "%20") + "?q=" + urlEscape(text), typ: "application/json",
				body: `{` + q + `:` + q + `}`, answerType: "text/html; charset=utf-8", answerBody: "<p title='" + text + "'>" + text + "</p>"})
			for _, args := range [][]string{{"flows", "ls"}, {"flows", "show", "1"}, {"flows", "curl", "1"}, {"export"}, {"explain", "POST", "/a/{a_id}"}, {"store", "stats"}} {
				o := a.spectap(append(args, "--db", db)...)
				if out := o.stdout + o.stderr; unsafe.MatchString(out) {
					a.breach("%s passes it on: %.600q", args, out)
				}
			}
			g := a.agent(legacy, []string{"mcp", "--db", db})
			for tool, args := range map[string]object{
				"extract_from_flow": {"flow_id": 1, "css_selector": "p"}, "inspect_flows": {"flow_ids": 1, "fields": "url,request_headers,request_body,response_headers,response_body,messages,curl_command,schemas"},
				"generate_client": {"flow_ids": []int{1}}, "search_traffic": {"query": "a"}, "export_openapi_spec": {},
			} {
				if r := g.call(tool, args); escapes(r.raw) >= 0 || unsafe.MatchString(r.text) {
					a.breach("%s passes it on: %.900q", tool, r.text)
				}
			}
		})
	}
	for _, text := range []string{"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](http://evil.example/?leak)", "</textarea><svg onload=alert(1)>"} {
		try(t, "markup/"+text, "writes markup into a document that a browser runs", "the page has it as text", func(a *attack) {
			q := quoted(text)
			path := a.file("d.json", `{"openapi":"3.0.3","info":{"title":`+q+`,"version":"1","description":`+q+`},"paths":{"/a":{"get":{"summary":`+q+`,"description":`+q+
				`,"parameters":[{"name":`+q+`,"in":"query","description":`+q+`,"schema":{"type":"string","enum":[`+q+`]}}],"responses":{"200":{"description":`+q+`}}}}}}`)
			out := a.spectap("doc", path).stdout
			page := filepath.Join(a.dir, "page.html")
			a.spectap("doc", path, "-o", page)
			plain := regexp.MustCompile("`[^`]*`|\\\\.").ReplaceAllString(out, "") // without code and escapes
			a.excluding("Markdown", plain, "<script", "<img", "<svg", "](javascript:", "![x](")
			a.excluding("HTML", a.read(page), "<script>alert", "<img src=x", "<svg onload", `href="javascript:`, `src="http://evil`)
		})
	}
}

// escaped matches the JSON escapes of what unsafe matches, behind any backslashes.
var escaped = regexp.MustCompile(`\\+u(00[01][0-8bcef]|007f|00[89][0-9a-f]|00ad|200[b-f]|202[89a-e]|206[0-9]|feff|db40)`)

// escapes returns where JSON has an escape that its reader decodes to what unsafe matches, or -1. An
// even number of backslashes stands for backslashes that the reader sees.
func escapes(json string) int {
	for _, at := range escaped.FindAllStringIndex(json, -1) {
		if strings.Count(json[at[0]:at[1]], `\`)%2 == 1 {
			return at[0]
		}
	}
	return -1
}

func urlEscape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}
