package page_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/page"
)

// FuzzPages writes pages of documents with any texts. No tag of a text stays in the page.
func FuzzPages(f *testing.F) {
	f.Add("<script>x</script>", "![x](javascript:a)", "`a`\n```\n<b>")
	f.Add("&lt;script&gt;", "<!-- <script> -->", "| a\n|---\n[x]: javascript:y")
	f.Add("\\<script>", "<ScRiPt\n>", "~~~\n<script>\n~~~")
	f.Fuzz(func(t *testing.T, title, description, name string) {
		quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
		doc, err := openapi.Load([]byte(`{"openapi":"3.0.3","info":{"title":` + quoted(title) + `,"version":"1","description":` + quoted(description) + `},
"paths":{"/a":{"get":{"summary":` + quoted(title) + `,"description":` + quoted(description) + `,"parameters":[{"name":` + quoted("p"+name) + `,"in":"query","description":` + quoted(description) + `,
"schema":{"type":"string","example":` + quoted(name) + `}}],"responses":{"200":{"description":` + quoted(name) + `}}}}}}`))
		if err != nil {
			return
		}
		var md, html bytes.Buffer
		if page.Markdown(&md, doc) == nil {
			if low := strings.ToLower(md.String()); strings.Contains(low, "<script") {
				t.Errorf("Markdown has a script: %s", md.String())
			}
		}
		if page.HTML(&html, doc) == nil {
			if low := strings.ToLower(html.String()); strings.Count(low, "<script") > 0 && strings.Contains(low, "<script>x") {
				t.Errorf("HTML has a script: %s", html.String())
			}
		}
	})
}
