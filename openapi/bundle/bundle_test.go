package bundle_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/bundle"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

var update = flag.Bool("update", false, "rewrite the results in testdata")

// TestDocument bundles the files of each archive. The last two files are the result, and the problems.
func TestDocument(t *testing.T) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar := openapitest.Must(txtar.ParseFile(name))
			dir := t.TempDir()
			want := map[string]string{}
			var files []txtar.File
			for _, f := range ar.Files {
				if strings.HasPrefix(f.Name, "want/") {
					want[f.Name] = string(f.Data)
					continue
				}
				files = append(files, f)
				file := filepath.Join(dir, f.Name)
				must.Do(t, os.MkdirAll(filepath.Dir(file), 0o700))
				must.Do(t, os.WriteFile(file, f.Data, 0o600))
			}
			r := document(t, filepath.Join(dir, ar.Files[0].Name))
			var problems strings.Builder
			for _, p := range r.Problems {
				problems.WriteString(strings.ReplaceAll(p.Error(), dir+"/", "") + "\n")
			}
			got := map[string]string{"want/bundle.yaml": string(r.Text), "want/problems": problems.String()}
			if *update {
				for _, n := range []string{"want/bundle.yaml", "want/problems"} {
					files = append(files, txtar.File{Name: n, Data: []byte(got[n])})
				}
				ar.Files = files
				must.Do(t, os.WriteFile(name, txtar.Format(ar), 0o600))
			} else {
				for n, text := range got {
					if text != want[n] {
						t.Errorf("%s is\n%s\nwant\n%s", n, text, want[n])
					}
				}
			}
			if _, err := openapi.Load(r.Text); err != nil && len(r.Problems) == 0 {
				t.Errorf("it does not load: %v", err)
			}
		})
	}
}

func document(t testing.TB, file string) *bundle.Result {
	t.Helper()
	text := openapitest.Must(os.ReadFile(file))
	uri := openapitest.Must(bundle.FileURI(file))
	r := openapitest.Must(bundle.Document(t.Context(), text, bundle.Config{Name: file, URI: uri, Read: bundle.Within(bundle.ReadIn, filepath.Dir(file))}))
	return r
}
