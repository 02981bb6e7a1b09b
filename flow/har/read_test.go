package har_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/internal/test/must"
)

// headerLines returns a header from alternating names and values.
func headerLines(nv ...string) flow.Header {
	var h flow.Header
	for i := 0; i < len(nv); i += 2 {
		h = append(h, flow.Field{Name: nv[i], Value: nv[i+1]})
	}
	return h
}

// sample returns a flow with repeated headers, a query and two bodies.
func sample() flow.Flow {
	return flow.Flow{
		Source: "import:test.har", Done: true,
		Started: time.Date(2026, 11, 20, 9, 0, 0, 123456789, time.UTC), Took: 1234567 * time.Nanosecond,
		Request: flow.Request{
			Method: "POST", Scheme: "https", Authority: "api.example.com:8443", Path: "/v1/it%2Fems/1",
			RawQuery: "a=1&a=2&flag",
			Proto:    "HTTP/2.0",
			Header:   headerLines("Content-Type", "application/json", "X-B", "2", "X-A", "1", "X-B", ""),
			Body:     flow.Body{Data: []byte(`{"a":1}`), Size: 7},
		},
		Response: &flow.Response{
			Status: 201, Proto: "HTTP/2.0",
			Header: headerLines("Content-Type", "application/json; charset=utf-8", "Set-Cookie", "a=b",
				"Set-Cookie", "c=d; Path=/"),
			Body: flow.Body{Data: []byte(strings.Repeat(`{"id":"ü","list":[1,2,3]}`, 40)), Size: 1040},
		},
	}
}

// archive returns an archive with one entry. Non-empty arguments replace members of a valid entry.
func archive(request, response, rest string) string {
	if request == "" {
		request = `{"method":"GET","url":"https://example.com/a","httpVersion":"HTTP/1.1","headers":[]}`
	}
	if response == "" {
		response = `{"status":200,"headers":[],"content":{"size":0,"mimeType":""}}`
	}
	if rest == "" {
		rest = `"startedDateTime":"2026-01-02T03:04:05.678+01:00","time":12.5`
	}
	return `{"log":{"version":"1.2","pages":[{"id":"x"}],"entries":[{` + rest + `,"request":` + request +
		`,"response":` + response + `}]}}`
}

// read reads an archive up to the first error.
func read(s string) ([]flow.Flow, error) {
	var out []flow.Flow
	for f, err := range har.Read(strings.NewReader(s), har.ReadConfig{}).Flows() {
		if err != nil {
			return out, err
		}
		out = append(out, f)
	}
	return out, nil
}

// TestReadContinuesAfterError checks that reading continues after an invalid entry, so that all
// errors are reported.
func TestReadContinuesAfterError(t *testing.T) {
	in := strings.Replace(archive("", "", ""), `"entries":[`, `"entries":[{"request":{}},`, 1)
	var errs, flows int
	for _, err := range har.Read(strings.NewReader(in), har.ReadConfig{}).Flows() {
		if err != nil {
			errs++
		} else {
			flows++
		}
	}
	if errs != 1 || flows != 1 {
		t.Errorf("%d errors, %d flows", errs, flows)
	}
}

// TestReadEntryLimit checks that entries larger than MaxEntry are errors, that the entries after
// them are read, and that errors after them have the right place.
func TestReadEntryLimit(t *testing.T) {
	entry := func(path, text string) string {
		return `{"startedDateTime":"2026-01-02T03:04:05Z","request":{"method":"GET","url":"https://example.com/` + path +
			`","headers":[]},"response":{"status":200,"content":{"text":"` + text + `"}}}`
	}
	big := strings.Repeat(`x\"}]{[\\`, 4<<10)
	for name, tt := range map[string]struct{ entries, want string }{
		"the only one":   {entry("b", big), "entry 1: larger than the limit for one entry, 10240 bytes"},
		"in the middle":  {entry("a", "") + " ,\n" + entry("b", big) + "\n, " + entry("c", ""), "/a|entry 2: larger|/c"},
		"one by one":     {entry("b", big) + "," + entry("b", big) + "," + entry("c", "") + "," + entry("b", big), "entry 1: larger|entry 2: larger|/c|entry 4: larger"},
		"a string":       {`"` + big + `",` + entry("c", ""), "entry 1: larger|/c"},
		"an array":       {`[["` + big + `"],{}],` + entry("c", ""), "entry 1: larger|/c"},
		"invalid after":  {entry("b", big) + "," + entry("c", "") + ",{]", "entry 1: larger|/c|entry 3: not JSON at byte AT"},
		"two commas":     {entry("b", big) + ",,", "entry 1: larger|entry 2: not JSON at byte AT"},
		"cut off":        {entry("a", "") + "," + entry("b", big)[:20<<10] + "CUT", "/a|entry 2: larger than the limit for one entry, 10240 bytes; and it cannot be skipped: the file ends in the middle"},
		"cut off after":  {entry("b", big) + "," + entry("c", "") + "CUT", "entry 1: larger|/c|the file ends in the middle (at byte AT)"},
		"far too large":  {entry("a", "") + "," + entry("b", strings.Repeat(big, 8)) + "," + entry("c", ""), "/a|entry 2: larger than the limit for one entry, 10240 bytes; and it cannot be skipped: it has more than 163840 bytes"},
		"as it can skip": {entry("a", "") + "," + entry("b", strings.Repeat(big, 3)) + "," + entry("c", ""), "/a|entry 2: larger|/c"},
	} {
		t.Run(name, func(t *testing.T) {
			text, _, cut := strings.Cut(`{"log":{"version":"1.2","entries":[`+tt.entries, "CUT")
			at := len(text)
			if !cut {
				text += `]}}`
				at = max(strings.LastIndex(text, "{]")+1, strings.LastIndex(text, ",,")+1)
			}
			var got []string
			for f, err := range har.Read(iotest.OneByteReader(strings.NewReader(text)), har.ReadConfig{MaxEntry: 10 << 10}).Flows() {
				if err != nil {
					got = append(got, err.Error())
				} else {
					got = append(got, f.Request.Path)
				}
			}
			want := strings.Split(strings.ReplaceAll(tt.want, "AT", strconv.Itoa(at)), "|")
			if len(got) != len(want) {
				t.Fatalf("got %q, want %q", got, want)
			}
			for i := range got {
				if !strings.Contains(got[i], want[i]) {
					t.Errorf("got %q, want %q", got[i], want[i])
				}
			}
		})
	}
}

// TestReadDefaultLimits checks that an entry that compresses well does not grow without bound, in
// bytes or in values that take more memory than bytes, and that the error names the limit.
func TestReadDefaultLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 128 MiB")
	}
	for name, tt := range map[string]struct{ response, want string }{
		"bytes":  {`{"status":200,"content":{"text":"` + strings.Repeat("x", har.DefaultMaxEntry) + `"}}`, "134217728 bytes"},
		"values": {`{"status":200,"headers":[{}` + strings.Repeat(",{}", 5<<20) + `]}`, "4194304 JSON values"},
	} {
		t.Run(name, func(t *testing.T) {
			var last error
			for _, err := range har.Read(strings.NewReader(zip(archive("", tt.response, ""))), har.ReadConfig{}).Flows() {
				last = err
			}
			if !errors.Is(last, har.ErrTooLarge) || !strings.Contains(last.Error(), tt.want) {
				t.Errorf("got %v, want the limit %s", last, tt.want)
			}
		})
	}
}

// zip compresses a string with gzip.
func zip(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

// TestReadFileFormats checks that the same archive is read from all supported file formats.
func TestReadFileFormats(t *testing.T) {
	good := archive("", "", "")
	for _, tt := range []struct{ name, in string }{
		{"plain", good},
		{"gzip", zip(good)},
		{"byte order mark", "\xef\xbb\xbf" + good},
		{"byte order mark in gzip", zip("\xef\xbb\xbf" + good)},
		{"surrounding white space", "\n  " + good + "\n\n"},
		{"another member \"entries\" first", strings.Replace(good, `{"log"`, `{"x":{"entries":[1]},"log"`, 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs, err := read(tt.in)
			if err != nil || len(fs) != 1 {
				t.Fatalf("%d flows, %v", len(fs), err)
			}
			f := fs[0]
			if f.Request.URL() != "https://example.com/a" || f.Response.Status != 200 ||
				f.Took != 12500*time.Microsecond ||
				!f.Started.Equal(time.Date(2026, 1, 2, 2, 4, 5, 678e6, time.UTC)) || !f.Done {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestReadSeveralArchives checks that archives behind each other are all read, and that anything
// else behind one is an error with its place.
func TestReadSeveralArchives(t *testing.T) {
	one := archive("", "", "")
	large := strings.Replace(one, `"headers":[]`, `"headers":[{"name":"a","value":"`+strings.Repeat("x", 2000)+`"}]`, 1)
	for _, tt := range []struct {
		name, in string
		flows    int
		err      string // with the length of one in the place of #
	}{
		{"two", one + "\n" + one, 2, ""},
		{"three without space", one + one + one, 3, ""},
		{"one without entries", one + `{"log":{"entries":[]}}` + one, 2, ""},
		{"behind a large entry", large + one, 1, "larger than the limit"},
		{"two zipped", zip(one) + zip(one), 2, ""},
		{"words", one + " xyz", 1, "after entry 1: not JSON at byte #: invalid character 'x'"},
		{"zero bytes", one + " \x00\x00", 1, "after entry 1: not JSON at byte #: "},
		{"a bracket", one + " ]", 1, "at byte #: "},
		{"a number", one + " 12", 1, "archive 2 of the file, before byte "},
		{"another object", one + ` {"a":1}`, 1, "archive 2 of the file, before byte "},
		{"cut", one + one[:len(one)/2], 1, "entry 2: "},
	} {
		flows, errs := 0, ""
		for _, err := range har.Read(strings.NewReader(tt.in), har.ReadConfig{MaxEntry: 1000}).Flows() {
			if err != nil {
				errs += err.Error()
			} else {
				flows++
			}
		}
		want := strings.ReplaceAll(tt.err, "#", strconv.Itoa(len(one)+1))
		if flows != tt.flows || !strings.Contains(errs, want) || (errs == "") != (want == "") {
			t.Errorf("%s: %d flows, %q; want %d, %q", tt.name, flows, errs, tt.flows, want)
		}
	}
}

// TestReadSkipsOtherSchemes checks that URLs which are not HTTP are skipped and counted.
func TestReadSkipsOtherSchemes(t *testing.T) {
	for _, u := range []string{"data:text/plain,x", "blob:https://example.com/1", "about:blank",
		"chrome-extension://abc/x.js"} {
		t.Run(u, func(t *testing.T) {
			r := har.Read(strings.NewReader(archive(`{"method":"GET","url":"`+u+`"}`, "", "")), har.ReadConfig{})
			for f, err := range r.Flows() {
				t.Errorf("got %+v, %v", f, err)
			}
			if r.Skipped() != 1 {
				t.Errorf("%d entries were skipped, want 1", r.Skipped())
			}
		})
	}
}

// TestReadNoResponse checks how entries without a response are read, as browsers write them.
func TestReadNoResponse(t *testing.T) {
	for _, tt := range []struct{ name, response, err string }{
		{"Chrome", `{"status":0,"_error":"net::ERR_FAILED"}`, "net::ERR_FAILED"},
		{"Playwright", `{"status":-1,"statusText":""}`, "no answer"},
		{"none", `null`, "no answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs, err := read(archive("", tt.response, ""))
			if err != nil || len(fs) != 1 || fs[0].Response != nil || fs[0].Err != tt.err {
				t.Errorf("got %+v, %v", fs, err)
			}
		})
	}
}

// TestReadBodies checks that bodies keep or lose their encoding as the archive holds them, and that
// the headers match.
func TestReadBodies(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	ct := func(v string) string { return `"headers":[{"name":"Content-Type","value":"` + v + `"}],` }
	for _, tt := range []struct {
		name, content string
		body, decoded string
		truncated     bool
		size          int64
		header        string // Content-Type and Content-Encoding after reading
	}{
		{"text", `"headers":[],"content":{"size":2,"mimeType":"text/plain","text":"hé"}`, "hé", "hé", false, 3, "text/plain|"},
		{"base64", ct("image/png") + `"content":{"size":2,"mimeType":"image/png","text":"` + b64([]byte{0, 255}) + `","encoding":"base64"}`, "\x00\xff", "\x00\xff", false, 2, "image/png|"},
		{"a wrong label", ct("text/css") + `"content":{"size":4,"mimeType":"","text":"a{b}","encoding":"base64"}`, "a{b}", "a{b}", false, 4, "text/css|"},
		{"JSON that could be base64", ct("application/json") + `"content":{"size":4,"mimeType":"","text":"true","encoding":"base64"}`, "true", "true", false, 4, "application/json|"},
		{"numbers that JSON lacks", ct("text/plain") + `"bodySize":-Infinity,"content":{"size":NaN,"mimeType":"Infinity","text":"NaN,\"Infinity"}`, `NaN,"Infinity`, `NaN,"Infinity`, false, 13, "text/plain|"},
		{"a file that cannot be opened", ct("text/css") + `"content":{"size":4,"mimeType":"","_file":"a.css"}`, "", "", true, 4, "text/css|"},
		{"control characters", ct("application/vnd.kubernetes.protobuf") + `"content":{"size":3,"mimeType":"","text":"k8s\u0000\n\u0001"}`, "k8s\x00\n\x01", "k8s\x00\n\x01", false, 6, "application/vnd.kubernetes.protobuf|"},
		{"charset", ct("text/plain; charset=iso-8859-1") + `"content":{"size":1,"mimeType":"","text":"é"}`, "\xe9", "é", false, 1, "text/plain; charset=iso-8859-1|"},
		{"charset that lacks the character", ct("text/plain; charset=iso-8859-1") + `"content":{"size":1,"mimeType":"","text":"日"}`, "日", "日", false, 3, "text/plain; charset=utf-8|"},
		{"not recorded", ct("text/html") + `"content":{"size":1234,"mimeType":"text/html"}`, "", "", true, 1234, "text/html|"},
		{"decoded gzip", `"headers":[{"name":"Content-Encoding","value":"gzip"},{"name":"Content-Length","value":"22"}],"content":{"size":2,"mimeType":"text/plain","text":"hi"}`, "hi", "hi", false, 2, "text/plain|"},
		{"kept gzip", `"headers":[{"name":"Content-Encoding","value":"gzip"}],"content":{"size":2,"mimeType":"text/plain","text":"` + b64([]byte(zip("hi"))) + `","encoding":"base64"}`, zip("hi"), "hi", false, int64(len(zip("hi"))), "text/plain|gzip"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs := must.Get(read(archive("", `{"status":200,`+tt.content+`}`, "")))
			r := fs[0].Response
			if string(r.Body.Data) != tt.body || r.Body.Truncated != tt.truncated || r.Body.Size != tt.size {
				t.Errorf("body %q, size %d, truncated %v", r.Body.Data, r.Body.Size, r.Body.Truncated)
			}
			if got := r.Header.Get("Content-Type") + "|" + r.Header.Get("Content-Encoding"); got != tt.header {
				t.Errorf("header %q, want %q", got, tt.header)
			}
			if n := r.Header.Get("Content-Length"); n != "" && n != "2" {
				t.Errorf("Content-Length %q", n)
			}
			data, complete, err := decode.Body(r.Header, r.Body, 0)
			if string(data) != tt.decoded || complete == tt.truncated || err != nil {
				t.Errorf("decoded %q, complete %v, %v", data, complete, err)
			}
		})
	}
}

// TestReadWebSocket checks that WebSocket messages are read with their times, kinds and directions.
func TestReadWebSocket(t *testing.T) {
	fs, err := read(archive(`{"method":"GET","url":"wss://a.example/socket"}`, `{"status":101}`, `"startedDateTime":"2026-01-02T03:04:05Z","_resourceType":"websocket",
		"_webSocketMessages":[{"type":"send","time":1767323045.25,"opcode":1,"data":"h\u00e9"},{"type":"receive","time":1767323046.5,"opcode":2,"data":"AP8="},
		{"type":"receive","data":"no opcode, no time"},{"type":"receive","time":1,"opcode":2,"data":"not base64!"},{"type":"error","opcode":-1,"data":"lost"}]`))
	must.Do(t, err)
	want := []flow.Message{
		{At: 250 * time.Millisecond, FromClient: true, Kind: flow.Text, Data: []byte("hé"), Size: 3},
		{At: 1500 * time.Millisecond, Kind: flow.Binary, Data: []byte{0, 255}, Size: 2},
		{Kind: flow.Text, Data: []byte("no opcode, no time"), Size: 18},
		{Kind: flow.Binary, Data: []byte("not base64!"), Size: 11},
	}
	if f := fs[0]; !reflect.DeepEqual(f.Messages, want) || f.Err != "lost" || f.Request.Scheme != "https" {
		t.Errorf("%+v", f)
	}
}
