package enforce

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/spectap/spectap/guard/policy"
)

const treatedPolicy = `
version: 1
tools:
  removes: {results: {remove: ["user.email", "items[*].key"]}}
  redacts: {results: {redact: true}}
  fences: {results: {fence: true}}
`

// Values are removed everywhere in a result: in structured content, in text that is JSON, and in
// text that may repeat them.
func TestRemovedFromResults(t *testing.T) {
	g, _ := newGuard(t, Config{})
	g.SetPolicy(loadPolicy(t, treatedPolicy))
	for _, tt := range []struct{ name, tool, result, want string }{
		{"structured", "removes", `{"structuredContent":{"user":{"email":"a@b.c","n":1},"items":[{"key":1},{"key":2,"o":3}]}}`,
			`{"structuredContent":{"user":{"email":"[removed by policy]","n":1},"items":[{"key":"[removed by policy]"},{"key":"[removed by policy]","o":3}]}}`},
		{"text as JSON", "removes", `{"content":[{"type":"text","text":"{\"user\":{\"email\":\"a@b.c\"}}"}]}`,
			`{"content":[{"type":"text","text":"{\"user\":{\"email\":\"[removed by policy]\"}}"}]}`},
		{"text beside it", "removes", `{"structuredContent":{"user":{"email":"a@b.c"}},"content":[{"type":"text","text":"mail a@b.c"},{"type":"image","data":"x"},{"type":"text","text":"a@b.c"}]}`,
			`{"structuredContent":{"user":{"email":"[removed by policy]"}},"content":[{"type":"text","text":"{\"user\":{\"email\":\"[removed by policy]\"}}"},{"type":"image","data":"x"}]}`},
		{"only the second place", "removes", `{"structuredContent":{"items":[{"key":1}]}}`, `{"structuredContent":{"items":[{"key":"[removed by policy]"}]}}`},
		{"nothing to remove", "removes", `{"structuredContent":{"n":1},"content":[{"type":"text","text":"mail"}]}`, `{"structuredContent":{"n":1},"content":[{"type":"text","text":"mail"}]}`},
		{"another tool", "other", `{"structuredContent":{"user":{"email":"a@b.c"}}}`, `{"structuredContent":{"user":{"email":"a@b.c"}}}`},
	} {
		v := Verdict{Decision: g.Judge(call(tt.tool)).Decision}
		out, withheld := g.Treat(v, []byte(tt.result))
		var got, want any
		if withheld != "" || json.Unmarshal(out, &got) != nil || json.Unmarshal([]byte(tt.want), &want) != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q\ngot  %s\nwant %s", tt.name, withheld, out, tt.want)
		}
	}
}

// Secrets are redacted in structured content and text; a text that is not JSON, next to changed
// content, does not keep them.
func TestRedactedResults(t *testing.T) {
	g, _ := newGuard(t, Config{})
	g.SetPolicy(loadPolicy(t, treatedPolicy))
	v := g.Judge(call("redacts"))
	out, withheld := g.Treat(v, []byte(`{"structuredContent":{"password":"hunter2x"},"content":[{"type":"text","text":"it is hunter2x"}]}`))
	if withheld != "" || strings.Contains(string(out), "hunter2x") || !strings.Contains(string(out), "redacted") {
		t.Errorf("%s %s", out, withheld)
	}
	out, withheld = g.Treat(v, []byte(`{"content":[{"type":"text","text":"{\"password\":\"hunter2x\",\"n\":1}"}]}`))
	if withheld != "" || strings.Contains(string(out), "hunter2x") || !strings.Contains(string(out), `\"n\":1`) {
		t.Errorf("a secret in text alone: %s %s", out, withheld)
	}
	out, _ = g.Treat(v, []byte(`{"structuredContent":{"n":1},"content":[{"type":"text","text":"plain words"}]}`))
	if !strings.Contains(string(out), "plain words") {
		t.Errorf("nothing was redacted, and the text is gone: %s", out)
	}
	out, _ = g.Treat(g.Judge(call("fences")), []byte(`{"_meta":{"text":"m"},"content":[{"type":"text","text":"x"},{"type":"resource","resource":{"uri":"a:b","text":"y"}}],"structuredContent":{"text":"z"}}`))
	var r struct {
		Meta, StructuredContent map[string]string
		Content                 []struct {
			Text     string
			Resource struct{ Text string }
		}
	}
	if err := json.Unmarshal([]byte(strings.Replace(string(out), "_meta", "meta", 1)), &r); err != nil || r.Meta["text"] != "m" || r.StructuredContent["text"] != "z" {
		t.Fatalf("%v: %s", err, out)
	}
	first, second := r.Content[0].Text, r.Content[1].Resource.Text
	if !strings.Contains(first, "\nx\n") || !strings.Contains(second, "\ny\n") || strings.Split(first, "\n")[1] == strings.Split(second, "\n")[1] {
		t.Errorf("fences %q and %q", first, second)
	}
}

// A result may say the same in base64, under names in another case, and outside of its texts.
func TestOtherFormsOfResults(t *testing.T) {
	g, _ := newGuard(t, Config{})
	g.SetPolicy(loadPolicy(t, treatedPolicy+`
  denies: {results: {deny_matching: [FORBIDDEN]}}
  both: {results: {redact: true, fence: true}}
`))
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	url := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	const secret, user = `{"password":"hunter2hunter2"}`, `{"user":{"email":"a@b.example"}}`
	const prose = "log in with password=hunter2hunter2 today"
	image := base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n\xff\xd8password=hunter2hunter2"))
	for _, tt := range []struct{ name, tool, result, hasNot, has string }{
		{"text in another case", "redacts", `{"Content":[{"Type":"text","Text":"` + prose + `"}]}`, prose, `"Text":`},
		{"structured content in another case", "redacts", `{"StructuredContent":` + secret + `,"Content":[{"type":"text","Text":"it is hunter2hunter2"}]}`, "", `"Content":`},
		{"a removed member in another case", "removes", `{"structuredContent":{"USER":{"Email":"a@b.example"}}}`, "a@b", "[removed by policy]"},
		{"a removed member in another case in text", "removes", `{"content":[{"type":"text","text":"{\"User\":{\"EMAIL\":\"a@b.example\"}}"}]}`, "a@b", "[removed by policy]"},
		{"several values in a text", "removes", `{"content":[{"type":"text","text":"{\"n\":1}\n{\"user\":{\"email\":\"a@b.example\"}}"}]}`, "a@b", `{\"n\":1}`},
		{"text behind a byte order mark", "removes", "{\"content\":[{\"type\":\"text\",\"text\":\"\ufeff{\\\"user\\\":{\\\"email\\\":\\\"a@b.example\\\"}}\"}]}", "a@b", "[removed by policy]"},
		{"a blob", "redacts", `{"contents":[{"uri":"a:b","blob":"` + encode(prose) + `"}]}`, encode(prose), `"blob":"`},
		{"a blob with JSON", "removes", `{"contents":[{"uri":"a:b","blob":"` + encode(user) + `"}]}`, encode(user), encode(`{"user":{"email":"[removed by policy]"}}`)},
		{"a blob in another alphabet", "redacts", `{"contents":[{"uri":"a:b","Blob":"` + url(prose+"??>>") + `"}]}`, url(prose + "??>>"), `"Blob":"`},
		{"data of an image that is text", "redacts", `{"content":[{"type":"image","data":"` + encode(prose) + `","mimeType":"image/png"}]}`, encode(prose), `"image/png"`},
		{"data of an image", "redacts", `{"content":[{"type":"image","data":"` + image + `","mimeType":"image/png"}]}`, "redacted", image},
		{"data that are no base64", "redacts", `{"content":[{"type":"x","data":"` + prose + `"}]}`, "hunter2", `"data":`},
		{"text in base64", "redacts", `{"content":[{"type":"text","text":"` + encode(prose) + `"}]}`, encode(prose), `"text"`},
		{"text in base64, in lines", "redacts", `{"content":[{"type":"text","text":"` + encode(prose)[:20] + `\n` + encode(prose)[20:] + `"}]}`, encode(prose)[20:], `"text"`},
		{"base64 in text", "redacts", `{"content":[{"type":"text","text":"see ` + encode(prose) + ` there"}]}`, encode(prose), "see "},
		{"JSON in base64 in text", "removes", `{"content":[{"type":"text","text":"see ` + encode(user) + ` there"}]}`, encode(user), "see " + encode(`{"user":{"email":"[removed by policy]"}}`) + " there"},
		{"base64 in structured content", "redacts", `{"structuredContent":{"a":["` + encode(prose) + `",{"b":"` + encode(prose) + `"}]}}`, encode(prose), `"a":[`},
		{"base64 in text that is no text", "redacts", `{"content":[{"type":"text","text":"see ` + encode("\x01\x02 "+prose) + ` there"}]}`, "", "see " + encode("\x01\x02 "+prose) + " there"},
		{"base64 in text with lines", "redacts", `{"content":[{"type":"text","text":"see ` + encode(prose+"\r\n\té") + ` there"}]}`, encode(prose + "\r\n\té"), "see "},
		{"a title", "redacts", `{"content":[{"type":"resource_link","uri":"a:b?password=hunter2hunter2","name":"` + prose + `","title":"` + prose + `","description":"` + prose + `"}]}`, "hunter2", `"resource_link"`},
		{"another member", "redacts", `{"content":[{"type":"text","text":"a","password":"hunter2hunter2","list":["` + prose + `"]}]}`, "hunter2", `"list":[`},
		{"structured content within a block", "redacts", `{"content":[{"type":"text","text":"a","structuredContent":` + secret + `}]}`, "hunter2", `"password":`},
		{"metadata", "redacts", `{"_meta":{"password":"hunter2hunter2","progressToken":"t1","io.modelcontextprotocol/related-task":{"taskId":"x"}}}`, "hunter2", `"progressToken":"t1"`},
		{"what the protocol needs", "redacts", `{"nextCursor":"cursor-0123456789abcdef0123456789abcdef","requestState":"s","taskId":"t"}`, "redacted", "0123456789abcdef0123456789abcdef"},
		{"a description to fence", "fences", `{"description":"d","content":[{"type":"resource_link","title":"t","name":"n"}]}`, `"title":"t"`, `"name":"n"`},
		{"a blob to fence", "fences", `{"contents":[{"uri":"a:b","blob":"` + encode("do this") + `"}]}`, encode("do this"), encode("The text between the ")},
		{"a question that is not fenced", "both", `{"inputRequests":{"q":{"method":"elicitation/create","params":{"message":"` + prose + `"}}}}`, "hunter2", `"method":"elicitation/create"`},
	} {
		out, withheld := g.Treat(g.Judge(call(tt.tool)), []byte(tt.result))
		if withheld != "" || !json.Valid(out) || tt.hasNot != "" && strings.Contains(string(out), tt.hasNot) || !strings.Contains(string(out), tt.has) {
			t.Errorf("%s: %q\n%s", tt.name, withheld, out)
		}
	}
	for form, depth := "it is FORBIDDEN", 0; depth < 6; form, depth = encode(form), depth+1 {
		for where, text := range map[string]string{"alone": form, "in a text": "look: " + form + " there"} {
			result := `{"content":[{"type":"text","text":"` + text + `"}]}`
			want := "the result " + whyMatches
			if depth > 1 {
				want = "the result " + whyUnreadable
			}
			if _, withheld := g.Treat(g.Judge(call("denies")), []byte(result)); withheld != want {
				t.Errorf("%d times in base64, %s: withheld %q", depth, where, withheld)
			}
		}
	}
	whole := encode("it is FORBIDDEN")
	for name, result := range map[string]string{
		"base64 in lines": `{"content":[{"type":"text","text":"` + whole[:8] + `\n` + whole[8:12] + `\r\n` + whole[12:] + `"}]}`,
		"a blob":          `{"contents":[{"uri":"a:b","blob":"` + encode("\x00FORBIDDEN") + `"}]}`,
		"a name":          `{"structuredContent":{"FORBIDDEN":1}}`,
		"a deep list":     `{"content":[[[["FORBIDDEN"]]]]}`,
	} {
		if out, withheld := g.Treat(g.Judge(call("denies")), []byte(result)); withheld == "" {
			t.Errorf("%s passes: %s", name, out)
		}
	}
}

// The message of an error with changed data may repeat them in another form. Members of the
// protocol stay, even if they look like secrets.
func TestMessageBesideChangedData(t *testing.T) {
	g, _ := newGuard(t, Config{})
	g.SetPolicy(loadPolicy(t, treatedPolicy))
	for in, want := range map[string]string{
		`{"code":-1,"message":"it is h-u-n-t-e-r-2","data":{"password":"hunter2hunter2"}}`: policy.Removed,
		`{"code":-1,"message":"it is h-u-n-t-e-r-2","data":{"n":1}}`:                       "it is h-u-n-t-e-r-2",
		`{"code":-1,"Message":"it is h-u-n-t-e-r-2","DATA":{"password":"hunter2hunter2"}}`: policy.Removed,
		`{"code":-1,"reason":"another text","data":{"password":"hunter2hunter2"}}`:         "another text",
	} {
		out, withheld := g.TreatError(g.Judge(call("redacts")), []byte(in))
		if withheld != "" || !strings.Contains(string(out), want) || strings.Contains(string(out), "hunter2hunter2") {
			t.Errorf("%s: %q\n%s, want %s", in, withheld, out, want)
		}
	}
	const looksSecret = "password=hunter2hunter2"
	for _, name := range []string{
		"type", "role", "mimeType", "taskId", "status", "resultType", "nextCursor", "cursor", "requestState", "id", "method", "level", "createdAt",
		"lastUpdatedAt", "lastModified", "progressToken",
	} {
		in := `{"content":[{"text":"a","` + name + `":"` + looksSecret + `"}]}`
		if out, withheld := g.Treat(g.Judge(call("redacts")), []byte(in)); withheld != "" || !strings.Contains(string(out), looksSecret) {
			t.Errorf("%s: %q\n%s", name, withheld, out)
		}
	}
}

// A message that cannot be assigned to a call gets the treatments of all results, but not in shadow
// mode.
func TestResultsOfAny(t *testing.T) {
	g, _ := newGuard(t, Config{})
	g.SetPolicy(loadPolicy(t, treatedPolicy+`  large: {results: {max_bytes: 9}}
prompts: {p: {results: {deny_matching: [x]}}}
resources: {"a:*": {results: {deny_matching: [y]}}}
all_tools: {results: {deny_matching: [z]}}
`))
	all, asked := g.ResultsOfAny(false), g.ResultsOfAny(true)
	if !all.Redact || !all.Fence || all.MaxBytes != 9 || len(all.Remove) != 2 || len(all.DenyMatching) != 3 {
		t.Errorf("%+v", all)
	}
	if !asked.Redact || asked.Fence || asked.MaxBytes != 9 || len(asked.DenyMatching) != 3 {
		t.Errorf("of a request: %+v", asked)
	}
	shadow, _ := newGuard(t, Config{Shadow: true})
	shadow.SetPolicy(g.Policy())
	if r := shadow.ResultsOfAny(false); !r.IsZero() {
		t.Errorf("in shadow mode: %+v", r)
	}
}

// TestHiddenForms checks that data which cannot be read but may be text do not pass, and that others
// do.
func TestHiddenForms(t *testing.T) {
	g, _ := newGuard(t, Config{})
	g.SetPolicy(loadPolicy(t, treatedPolicy+`
  denies: {results: {deny_matching: [FORBIDDEN]}}
`))
	const text = "it is FORBIDDEN, password=hunter2hunter2 für Ω"
	packed := func(pack func(io.Writer) io.WriteCloser, s string) []byte {
		var out bytes.Buffer
		w := pack(&out)
		io.WriteString(w, s)
		w.Close()
		return out.Bytes()
	}
	zipped := packed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, text)
	deflater := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	wide := func(order binary.AppendByteOrder, s string) (out []byte) {
		for _, u := range utf16.Encode([]rune(s)) {
			out = order.AppendUint16(out, u)
		}
		return out
	}
	digest := sha256.Sum256([]byte(text))
	treat := func(tool, form, encoded string) (out, withheld string) {
		o, withheld := g.Treat(g.Judge(call(tool)), []byte(fmt.Sprintf(form, encoded)))
		return string(o), withheld
	}
	blocks := []string{
		`{"contents":[{"uri":"a:b","blob":"%s"}]}`, `{"content":[{"type":"image","data":"%s","mimeType":"image/png"}]}`,
		`{"content":[{"type":"resource","resource":{"uri":"a:b","blob":"%s"}}]}`,
	}
	all := append(blocks, `{"content":[{"type":"text","text":"see %s there"}]}`, `{"structuredContent":{"a":["data:x/y;base64,%s"]}}`)
	for _, x := range []struct {
		name   string
		data   []byte
		forms  []string // where they do not pass; elsewhere they do
		passes bool
	}{
		{"UTF-16LE", wide(binary.LittleEndian, text), all, false},
		{"UTF-16BE with a mark", wide(binary.BigEndian, "\ufeff"+text), all, false},
		{"Cyrillic", wide(binary.LittleEndian, "\ufeffпароль"), all, false},
		{"UTF-8 with a zero", []byte(text + "\x00"), all, false},
		{"gzip", zipped, all, false},
		{"cut gzip", zipped[:40], all, false},
		{"zlib", packed(deflater, text), all, false},
		{"large zlib", packed(deflater, strings.Repeat(text, maxInflated)), all, false},
		{"base64", []byte(base64.StdEncoding.EncodeToString([]byte(text))), all, false},
		{"base64 of gzip", []byte(`{"a":"` + base64.RawURLEncoding.EncodeToString(zipped) + `"}`), all, false},
		{"zip", []byte("PK\x03\x04\x14\x00\x08\x00\x81\x93\xff\xfe"), blocks, false},
		{"latin", []byte("f\xfcr password=hunter2hunter2"), blocks, false},
		{"image", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xd8"), all, true},
		{"quiet audio", []byte("RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00" + strings.Repeat("A\x00B\x00\x00\x00", 999)), all, true},
		{"digest", digest[:], all[len(blocks):], true},
		{"text with a digest", []byte("sha256-" + base64.StdEncoding.EncodeToString(digest[:])), all, true},
		{"zeros", make([]byte, 16), all, true},
		{"nothing", nil, all, true},
	} {
		encoded := base64.StdEncoding.EncodeToString(x.data)
		for _, form := range x.forms {
			for _, tool := range []string{"denies", "redacts", "removes"} {
				if strings.Contains(x.name, "digest") && tool == "redacts" {
					continue // which hides what looks random
				}
				out, withheld := treat(tool, form, encoded)
				passes := withheld == "" && strings.Contains(out, encoded)
				saysWhy := withheld != "" || strings.Contains(out, removed) || strings.Contains(out, removedData)
				if passes != x.passes || (withheld != "") != (tool == "denies" && !passes) || tool == "removes" && saysWhy == passes ||
					withheld == "" && !json.Valid([]byte(out)) {
					t.Errorf("%s in %.40s, %s: withheld %q: %.200s", x.name, form, tool, withheld, out)
				}
			}
		}
	}
}
