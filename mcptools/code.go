package mcptools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// CodeResult is a program.
type CodeResult struct {
	Untrusted
	Framework string     `json:"framework"`
	Language  string     `json:"language"`
	Code      string     `json:"code"`
	Variables []Variable `json:"variables" jsonschema_description:"environment variables that the program reads: the secrets that it needs"`
}

// Variable is an environment variable that stands for a secret.
type Variable struct {
	Name       string `json:"name"`
	StandsFor  string `json:"stands_for" jsonschema_description:"the placeholder that captured values have"`
	FirstUseIn string `json:"first_use_in"`
}

var frameworks = []string{"curl_cffi", "requests", "httpx", "aiohttp", "playwright", "curl", "go", "fetch"}

func (s *service) generateCode() tool {
	params := []param{
		{name: "flow_ids", kind: flowIDs, required: true, doc: "numbers of flows: a list, or a text with commas"},
		{name: "target_framework", kind: text, enum: frameworks, otherwise: "curl_cffi", doc: "what the program is written with: Python libraries, curl (shell), go, or fetch (JavaScript)"},
	}
	return newTool("generate_scraper_code", "A program that sends it again",
		"Writes a program that sends captured requests again. Secrets are read from environment variables; TLS certificates are verified.",
		params, func(ctx context.Context, a args) (CodeResult, error) {
			var calls []call
			vars := &variables{}
			for _, id := range a.flows("flow_ids") {
				f, err := s.flow(ctx, id)
				if err != nil {
					return CodeResult{}, err
				}
				calls = append(calls, callOf(&f, vars))
			}
			w := writers[a.text("target_framework")]
			return CodeResult{
				Untrusted: untrusted, Framework: a.text("target_framework"), Language: w.language,
				Code: w.write(calls, vars), Variables: append([]Variable{}, vars.list...),
			}, nil
		})
}

// call is a request to write down. Its texts are those that redaction left, with variables for what it took out.
type call struct {
	id      flow.Seq
	method  string
	url     template
	headers []headerTemplate
	body    template
	hasBody bool
	file    bool // the body is not here: it is read from a file
}

type headerTemplate struct {
	name  string
	value template
}

// template is a text with variables in it: literals at even places, names of variables at odd ones.
type template []string

// droppedHeaders are those that a client makes by itself, or that belong to one connection. Bodies are decoded.
var droppedHeaders = []string{
	"host", "content-length", "connection", "proxy-connection", "proxy-authorization", "transfer-encoding", "accept-encoding",
	"keep-alive", "te", "trailer", "upgrade", "expect", "content-encoding",
}

func callOf(f *flow.Flow, vars *variables) call {
	r := &f.Request
	where := fmt.Sprintf("flow %d", f.Seq)
	c := call{id: f.Seq, method: r.Method, url: vars.template(plainMarks(r.URL()), "URL of "+where)}
	for _, h := range r.Header {
		if slices.Contains(droppedHeaders, strings.ToLower(h.Name)) || strings.HasPrefix(h.Name, ":") {
			continue
		}
		c.headers = append(c.headers, headerTemplate{h.Name, vars.template(h.Value, "header "+h.Name+" of "+where)})
	}
	if len(r.Body.Data) == 0 {
		return c
	}
	c.hasBody = true
	data, complete, err := decode.Body(r.Header, r.Body, maxCodeBody)
	if err != nil || !complete || !isText(r.Header.MediaType(), data) {
		c.file = true
		return c
	}
	c.inUTF8()
	text := string(data)
	if decode.IsForm(r.Header.MediaType()) {
		text = plainMarks(text)
	}
	c.body = vars.template(text, "body of "+where)
	return c
}

// inUTF8 has the headers say that the body is UTF-8, which it is once it was decoded.
func (c *call) inUTF8() {
	for i, h := range c.headers {
		if !strings.EqualFold(h.name, "Content-Type") || len(h.value) != 1 {
			continue
		}
		if set := decode.Param(h.value[0], "charset"); set != "" && !strings.EqualFold(set, "utf-8") && !strings.EqualFold(set, "us-ascii") {
			c.headers[i].value = template{decode.MediaType(h.value[0]) + "; charset=utf-8"}
		}
	}
}

// maxCodeBody is the longest body that is written into a program, in bytes.
const maxCodeBody = 64 << 10

// plainMarks undoes the escapes of placeholders in URLs and forms.
func plainMarks(s string) string {
	for _, escaped := range []string{"%5Bredacted%3A", "%5bredacted%3a", "%5Bredacted:"} {
		for {
			at := strings.Index(s, escaped)
			if at < 0 {
				break
			}
			end := at + len(escaped)
			for end < len(s) && strings.IndexByte("&=/?#;", s[end]) < 0 && !strings.HasSuffix(strings.ToUpper(s[at:end]), "%5D") && s[end-1] != ']' {
				end++
			}
			s = s[:at] + unescape(s[at:end]) + s[end:]
		}
	}
	return s
}

// variables gives each placeholder a name.
type variables struct{ list []Variable }

// template cuts a text at its placeholders.
func (v *variables) template(s, where string) template {
	var out template
	for {
		at := strings.Index(s, mark)
		if at < 0 {
			return append(out, s)
		}
		n := strings.IndexByte(s[at:], ']')
		if n < 0 {
			return append(out, s)
		}
		out = append(out, s[:at], v.name(s[at:at+n+1], where))
		s = s[at+n+1:]
	}
}

// name is the variable of a placeholder: equal secrets are one variable.
func (v *variables) name(placeholder, where string) string {
	for _, x := range v.list {
		if x.StandsFor == visible(placeholder) {
			return x.Name
		}
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(placeholder, mark), ":")
	prefix := "SECRET"
	switch kind {
	case "jwt", "token", "email", "card", "key":
		prefix = strings.ToUpper(kind)
	}
	n := 1
	for _, x := range v.list {
		if strings.HasPrefix(x.Name, prefix+"_") {
			n++
		}
	}
	x := Variable{fmt.Sprintf("%s_%d", prefix, n), visible(placeholder), visible(where)}
	v.list = append(v.list, x)
	return x.Name
}

// expression writes a template in a language that joins texts with +.
func (t template) expression(quote func(string) string, variable func(string) string) string {
	var parts []string
	for i, s := range t {
		switch {
		case i%2 == 1:
			parts = append(parts, variable(s))
		case s != "" || len(t) == 1:
			parts = append(parts, quote(s))
		}
	}
	return strings.Join(parts, " + ")
}

// comment makes one line of a text, to stand behind a comment mark.
func comment(s string) string {
	return cut(strings.NewReplacer("\n", "⟨U+000A⟩", "\r", "⟨U+000D⟩", "\t", " ").Replace(visible(s)), 200)
}

// title names a call in a comment.
func (c *call) title() string {
	return comment(fmt.Sprintf("flow %d: %s %s", c.id, c.method, strings.Join(c.url, "")))
}
