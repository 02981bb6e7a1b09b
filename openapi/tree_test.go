package openapi_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
)

// TestLoadFile checks that errors name the file.
func TestLoadFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if doc, err := openapi.LoadFile(write("good", `{"openapi":"3.0.0","info":{"title":"T","version":"1"},"paths":{}}`)); err != nil || doc.Info.Title != "T" {
		t.Errorf("got %v, %v", doc, err)
	}
	missing := filepath.Join(dir, "missing")
	if _, err := openapi.LoadFile(missing); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing: %v", err)
	}
	bad := write("bad", "{}")
	if _, err := openapi.LoadFile(bad); !errors.Is(err, openapi.ErrNotOpenAPI) || !strings.Contains(err.Error(), bad) {
		t.Errorf("bad: %v", err)
	}
	if _, err := openapi.LoadFile(dir); err == nil || errors.Is(err, openapi.ErrNotOpenAPI) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a directory: %v", err)
	}
}

// TestParameters checks that parameters of an operation replace those of its path.
func TestParameters(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{
	 "parameters":[{"name":"p","in":"query","description":"item"},{"name":"q","in":"query"}],
	 "get":{"parameters":[{"name":"p","in":"query","description":"operation"},{"name":"p","in":"header"}],"responses":{}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	item := doc.Paths.Value("/a")
	item.Get.Parameters = append(item.Get.Parameters, nil)
	var got []string
	for _, p := range openapi.Parameters(item, item.Get) {
		got = append(got, p.In+" "+p.Name+" "+p.Description)
	}
	if want := "[query p operation header p  query q ]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
