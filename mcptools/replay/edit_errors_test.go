package replay

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/placeholder"
)

// packed returns data in gzip.
func packed(t *testing.T, data string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	must.Get(w.Write([]byte(data)))
	must.Do(t, w.Close())
	return b.Bytes()
}

// TestDraftOfEncodedBody shows the text of a compressed body. It is sent as captured while nobody
// changes it, else as it was written. A body that is not text is kept.
func TestDraftOfEncodedBody(t *testing.T) {
	const text = `{"user":"ann"}`
	for _, c := range []struct {
		name, coding, media string
		data                []byte
		shown               string // "-" for no text
	}{
		{"plain", "", "application/json", []byte(text), text},
		{"compressed", "gzip", "application/json", packed(t, text), text},
		{"binary", "", "application/octet-stream", []byte("\x00\x01\x02"), "-"},
		{"no UTF-8", "", "application/json", []byte("{\"a\":\"\xff\"}"), "-"},
		{"said to be compressed", "gzip", "application/json", []byte(text), "-"},
	} {
		f := capturedFlow("http://a.example")
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: c.media}}
		if c.coding != "" {
			f.Request.Header = append(f.Request.Header, flow.Field{Name: "Content-Encoding", Value: c.coding})
		}
		f.Request.Body = flow.Body{Data: c.data, Size: int64(len(c.data))}
		r := newRequest(t, f)
		d := r.Draft()
		got := "-"
		if d.Body != nil {
			got = *d.Body
		}
		if got != c.shown {
			t.Errorf("%s: shown as %q, want %q", c.name, got, c.shown)
		}
		if slices.ContainsFunc(d.Header, isCoding) {
			t.Errorf("%s: the draft has a coding: %v", c.name, d.Header)
		}
		if err := r.Rewrite(d); err != nil || !bytes.Equal(r.Call.Body, c.data) || slices.ContainsFunc(r.Call.Header, isCoding) != (c.coding != "") {
			t.Errorf("%s: sent %q %v, %v", c.name, r.Call.Body, r.Call.Header, err)
		}
		other := `{"user":"bo"}`
		d.Body = &other
		if err := r.Rewrite(d); err != nil || string(r.Call.Body) != other || slices.ContainsFunc(r.Call.Header, isCoding) {
			t.Errorf("%s: changed: sent %q %v, %v", c.name, r.Call.Body, r.Call.Header, err)
		}
		if shown := r.ShownCall(); string(shown.Body) != other {
			t.Errorf("%s: changed: shown as %q", c.name, shown.Body)
		}
	}
}

// TestEditForm changes a field of a form, and sends the others as captured. A secret stays in its
// field.
func TestEditForm(t *testing.T) {
	f := capturedFlow("http://a.example")
	f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
	f.Request.Body = flow.Body{Data: []byte("user=ann&password=hunter2%26+hunter2&x=%7e"), Size: 42}
	for edit, want := range map[string]string{
		"body.user=bo&": "user=bo%26&password=hunter2%26+hunter2&x=%7e", "body.user=MARK": "", "body.MARK=1": "", "-body.x": "user=ann&password=hunter2%26+hunter2",
	} {
		r := newRequest(t, f)
		d := r.Draft()
		mark := placeholder.Find(placeholder.Unescape(*d.Body))
		d = must.Get(edited(t, d, nil, strings.ReplaceAll(edit, "MARK", mark)))
		err := r.Rewrite(d)
		if (err == nil) != (want != "") || err == nil && string(r.Call.Body) != want {
			t.Errorf("%s: sent %q, %v, want %q", edit, r.Call.Body, err, want)
		}
	}
}

// TestPlaceholderAsName refuses a placeholder as the name of a member or field: what stands there
// is not hidden when it comes back.
func TestPlaceholderAsName(t *testing.T) {
	for _, body := range []string{`{"MARK":1}`, `{"a":{"MARK":"x"}}`, `{"a":[{"b":1,"MARK":2}]}`, `{"password":{"x":1},"user":"MARK"}`, `{"password":"x"} MARK`} {
		r := newRequest(t, capturedFlow("http://a.example"))
		d := r.Draft()
		mark := strings.TrimSuffix(strings.TrimPrefix(*d.Body, `{"password":"`), `","user":"ann"}`)
		text := strings.ReplaceAll(body, "MARK", mark)
		d.Body = &text
		if err := r.Rewrite(d); err == nil || !strings.Contains(err.Error(), "where the flow does not have it") {
			t.Errorf("%s: sent as %s, %v", body, r.Call.Body, err)
		}
	}
	for _, body := range []string{`{"user":"bo","password":"MARK"}`, `{"a":{"PASSWORD":"MARK"}}`, `{"x":{"y":1},"password":["MARK"]}`, `[[],{"password":"MARK"}]`} {
		r := newRequest(t, capturedFlow("http://a.example"))
		d := r.Draft()
		mark := strings.TrimSuffix(strings.TrimPrefix(*d.Body, `{"password":"`), `","user":"ann"}`)
		text := strings.ReplaceAll(body, "MARK", mark)
		d.Body = &text
		if err := r.Rewrite(d); err != nil || string(r.Call.Body) != strings.ReplaceAll(body, "MARK", "hunter2-hunter2") {
			t.Errorf("%s: sent as %s, %v", body, r.Call.Body, err)
		}
	}
}
