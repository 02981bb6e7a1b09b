package mcpb

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// sample returns a bundle.
func sample(t *testing.T, files ...File) []byte {
	t.Helper()
	data, err := Write(Manifest{Name: "shop", Version: "1.0.0", Description: "a <b> & c", Server: Server{EntryPoint: "run"}}, files)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestBundle checks that a bundle has the same bytes for the same files in any order, keeps what
// may be executed, and is read back; and that a changed file is found.
func TestBundle(t *testing.T) {
	run, doc := File{Name: "run", Data: []byte("#!/bin/sh\n"), Executable: true}, File{Name: "api.yaml", Data: []byte("a: 1\n"), Source: "../api.yaml"}
	data := sample(t, run, doc)
	if !bytes.Equal(data, sample(t, doc, run)) {
		t.Error("the order of the files counts")
	}
	b, err := Read(data)
	if err != nil || len(b.Sums) != 3 || b.Notes["api.yaml"] != (Note{Sum(doc.Data), "../api.yaml"}) {
		t.Fatalf("%v, %+v", err, b)
	}
	z := must(zip.NewReader(bytes.NewReader(data), int64(len(data))))
	if z.File[0].Name != ManifestName || z.File[1].Mode() != 0o644 || z.File[2].Mode() != 0o755 {
		t.Errorf("the files are %v, %v %v, %v", z.File[0].Name, z.File[1].Name, z.File[1].Mode(), z.File[2].Mode())
	}
	var changed bytes.Buffer
	w := zip.NewWriter(&changed)
	for _, f := range z.File {
		out, _ := w.Create(f.Name)
		text := must(readFile(f))
		out.Write(bytes.ReplaceAll(text, []byte("#!/bin/sh"), []byte("#!/bin/zz")))
	}
	w.Close()
	if _, err := Read(changed.Bytes()); err == nil || !strings.Contains(err.Error(), `"run"`) {
		t.Errorf("a changed file: %v", err)
	}
	if _, err := Write(Manifest{}, []File{{Name: "../x"}}); err == nil {
		t.Error("a file outside was accepted")
	}
}

// TestEntry checks the entry for the registry.
func TestEntry(t *testing.T) {
	m := Manifest{DisplayName: "Shop", Description: strings.Repeat("word ", 40), Version: "1.0.0"}
	data := must(Entry(m, []byte("bundle"), "io.github.me/shop", "https://github.com/me/shop/releases/download/v1/shop.mcpb"))
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if n := len([]rune(got["description"].(string))); n > maxDescription {
		t.Errorf("the description has %d characters", n)
	}
	if sum := got["packages"].([]any)[0].(map[string]any)["fileSha256"]; sum != Sum([]byte("bundle")) {
		t.Errorf("the hash is %v", sum)
	}
	for _, bad := range [][2]string{{"shop", "https://x/a.mcpb"}, {"a/b", "http://x/a.mcpb"}, {"a/b", "https://u:p@x/a.mcpb"}, {"a/b", "https://x/a.zip"}} {
		if _, err := Entry(m, nil, bad[0], bad[1]); err == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
}

// FuzzRead checks that no bytes make Read panic.
func FuzzRead(f *testing.F) {
	data := must(Write(Manifest{Name: "x"}, []File{{Name: "a", Data: []byte("b")}}))
	f.Add(data)
	f.Fuzz(func(_ *testing.T, data []byte) { Read(data) })
}
