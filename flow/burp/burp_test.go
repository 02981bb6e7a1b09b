package burp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

const head = `<?xml version="1.0"?>
<!DOCTYPE items [
<!ELEMENT items (item*)>
<!ATTLIST items burpVersion CDATA "">
]>
<items burpVersion="2025.3" exportTime="Thu Jan 04 14:02:05 GMT 2024">
`

func itemXML(url, request, response string) string {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return fmt.Sprintf(`  <item>
    <time>Thu Jan 04 14:01:22 GMT 2024</time>
    <url><![CDATA[%s]]></url>
    <host ip="192.0.2.1">api.example.com</host>
    <request base64="true"><![CDATA[%s]]></request>
    <status>200</status>
    <response base64="true"><![CDATA[%s]]></response>
    <comment></comment>
  </item>
`, url, b64(request), b64(response))
}

func readAll(t *testing.T, text string) (flows []flow.Flow, errs []error, skipped int) {
	t.Helper()
	r := Read(strings.NewReader(text), "import:items.xml")
	for f, err := range r.Flows() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		flows = append(flows, f)
	}
	return flows, errs, r.Skipped()
}

func TestRead(t *testing.T) {
	text := head +
		itemXML("https://api.example.com/orders?page=2", "POST /orders?page=2 HTTP/1.1\r\nHost: api.example.com\r\nX-b: 1\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
			"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n3\r\n:7}\r\n0\r\n\r\n") +
		itemXML("https://api.example.com/a", "PUT /a HTTP/2\r\nhost: api.example.com\r\n\r\nno length", "HTTP/2 200 OK\r\n\r\nbody") +
		itemXML("http://api.example.com:8080/b", "GET /b HTTP/1.1\nHost: api.example.com\n\n", "") +
		"</items>"
	if !IsItems([]byte(text)[:300]) {
		t.Error("not recognized")
	}
	flows, errs, _ := readAll(t, text)
	if len(errs) > 0 || len(flows) != 3 {
		t.Fatal(len(flows), errs)
	}
	f := flows[0]
	if got := f.Request.Method + " " + f.Request.URL() + " " + string(f.Request.Body.Data); got != `POST https://api.example.com/orders?page=2 {"a":1}` {
		t.Error(got)
	}
	if f.Request.Header[1].Name != "X-b" || f.Started.Format("2006-01-02T15:04:05Z07:00") != "2024-01-04T14:01:22Z" || f.Source != "import:items.xml" {
		t.Errorf("%+v", f)
	}
	if f.Response.Status != 201 || string(f.Response.Body.Data) != `{"id":7}` {
		t.Errorf("%+v", f.Response)
	}
	if f = flows[1]; f.Request.Proto != "HTTP/2.0" || string(f.Request.Body.Data) != "no length" || string(f.Response.Body.Data) != "body" {
		t.Errorf("HTTP/2: %+v %+v", f.Request, f.Response)
	}
	if f = flows[2]; f.Request.Authority != "api.example.com:8080" || f.Response != nil || f.Err == "" {
		t.Errorf("no answer: %+v", f)
	}
}

func TestBadItems(t *testing.T) {
	_, errs, _ := readAll(t, head+itemXML("https://a.example/", "junk", "")+itemXML("ftp://a.example/", "GET / HTTP/1.1\r\n\r\n", "")+"</items>")
	var entry *exchange.EntryError
	if len(errs) != 2 || !errors.As(errs[0], &entry) || entry.Entry != 1 || !strings.Contains(errs[1].Error(), "entry 2: url") {
		t.Error(errs)
	}
	for text, want := range map[string]string{
		"<html></html>":                         ErrNotBurp.Error(),
		head + "<item><time>":                   "item 1: XML syntax error",
		head + "<item>&unknown;</item></items>": "item 1: XML syntax error",
	} {
		if _, errs, _ := readAll(t, text); len(errs) != 1 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%q: %v", text, errs)
		}
	}
}

// TestPieces reads messages in several pieces, with blanks, with elements between them, and some that
// are not base64.
func TestPieces(t *testing.T) {
	const request = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"
	encoded := base64.StdEncoding.EncodeToString([]byte(request + "body"))
	one := func(attr, text string) string {
		return head + "<item><url>https://a.example/a</url><request" + attr + ">" + text + "</request></item>" +
			itemXML("https://a.example/b", "GET /b HTTP/1.1\r\nHost: a.example\r\n\r\n", "") + "</items>"
	}
	for name, tt := range map[string]struct{ text, want string }{
		"one":           {one(` base64="true"`, encoded), "body"},
		"pieces":        {one(` base64="true"`, "<![CDATA["+encoded[:11]+"]]>"+encoded[11:30]+"<!-- x --><![CDATA["+encoded[30:]+"]]>"), "body"},
		"blanks":        {one(` base64="true"`, "\n  "+encoded[:8]+" \t"+encoded[8:]+" \n"), "body"},
		"elements":      {one(` base64="true"`, encoded[:8]+"<b>x<c>y</c></b>"+encoded[8:]), "body"},
		"text":          {one("", "<![CDATA["+request+"]]>te&amp;xt"), "te&xt"},
		"not base64":    {one(` base64="true"`, encoded[:8]+"!"), "entry 1: request: not base64"},
		"half a group":  {one(` base64="true"`, encoded[:9]), "entry 1: request: not base64"},
		"no such value": {one(` base64="x"`, encoded), `item 1: strconv.ParseBool: parsing "x": invalid syntax`},
		"never ends":    {head + `<item><url>https://a.example/a</url><request base64="true">` + encoded, "item 1: XML syntax error"},
	} {
		flows, errs, _ := readAll(t, tt.text)
		got := fmt.Sprint(errs)
		if len(errs) == 0 {
			got = string(flows[0].Request.Body.Data)
		}
		isFatal := strings.HasPrefix(tt.want, "item")
		if !strings.Contains(got, tt.want) || !isFatal && flows[len(flows)-1].Request.Path != "/b" {
			t.Errorf("%s: %q and %d flows, want %q", name, got, len(flows), tt.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(head + itemXML("https://a.example/", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nx") + "</items>")
	f.Fuzz(func(t *testing.T, text string) {
		for fl, err := range Read(strings.NewReader(text), "x").Flows() {
			if err == nil && (fl.Request.Method == "" || fl.Request.Authority == "" || fl.Request.Path == "") {
				t.Fatalf("a flow without a request: %+v", fl)
			}
		}
	})
}
