package diff

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

// differences say, by a pattern of the names of files, why this package says something else than oasdiff alone.
var differences = []struct{ files, why string }{
	{"all_?of|all-of|^x-of/", "the parts of allOf are merged, not compared one by one"},
	{"common_request_parameter|header-case|openapi-test[12]", "parameters of paths, names of headers in any case and the content of parameters are compared"},
	{"nullable_wrap", "null in a oneOf is null anywhere else: what else changed is told apart from it"},
	{"response_min_decreased", "of two lower bounds, the one that says nothing is dropped"},
	{"item-schema", "the schema of a line of JSON lines is compared as the schema of its media type"},
	{"request_body_any_of_media_type", "an alternative with the schema of another name is the same (oasdiff#169)"},
	{"x-of-titles", "titles do not count"},
}

// TestOasdiff compares the public test data of oasdiff in both directions. What this package says is what oasdiff
// alone says, but for the known differences.
func TestOasdiff(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/oasdiff/oasdiff").Output()
	if err != nil || len(dir) == 0 {
		t.Skip("the sources of oasdiff are not in the module cache")
	}
	data := filepath.Join(strings.TrimSpace(string(dir)), "data")
	agree, all, known := 0, 0, map[string]int{}
	fewest := 400
	if testing.Short() {
		fewest = 100
	}
	for i, pair := range oasdiffPairs(t, data) {
		if testing.Short() && i%4 != 0 {
			continue
		}
		for _, p := range [][2]string{pair, {pair[1], pair[0]}} {
			want, ok := oasdiffChanges(p)
			if !ok {
				continue
			}
			all++
			got := ownChanges(t, p)
			if slices.Equal(got, want) {
				agree++
				continue
			}
			name := must.Get(filepath.Rel(data, p[0]))
			i := slices.IndexFunc(differences, func(d struct{ files, why string }) bool {
				return regexp.MustCompile(d.files).MatchString(filepath.ToSlash(name))
			})
			if i < 0 {
				t.Errorf("%s and %s:\nonly spectap %q\nonly oasdiff %q", name, filepath.Base(p[1]), minus(got, want), minus(want, got))
				continue
			}
			known[differences[i].why]++
		}
	}
	t.Logf("%d of %d agree; of the others, %v", agree, all, known)
	if all < fewest || agree*10 < all*9 {
		t.Errorf("%d of %d agree", agree, all)
	}
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func oasdiffPairs(t *testing.T, data string) (pairs [][2]string) {
	var files []string
	must.Do(t, filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)) {
			files = append(files, path)
		}
		return err
	}))
	first := regexp.MustCompile(`(base|1|original|before|old)(\.\w+)$`)
	for _, f := range files {
		m := first.FindStringSubmatch(f)
		if m == nil {
			continue
		}
		stem := strings.TrimSuffix(f, m[0])
		for _, g := range files {
			rest, ok := strings.CutPrefix(g, stem)
			if ok && g != f && regexp.MustCompile(`^\w*(revision|2|modified|after|new)\w*\.\w+$`).MatchString(rest) && len(stem) > 0 {
				pairs = append(pairs, [2]string{f, g})
			}
		}
	}
	return pairs
}

func oasdiffChanges(files [2]string) (out []string, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	var infos [2]*load.SpecInfo
	for i, f := range files {
		loader := openapi3.NewLoader()
		doc, err := loader.LoadFromFile(f)
		if err != nil {
			return nil, false
		}
		if data, err := os.ReadFile(f); err != nil {
			return nil, false
		} else if _, err := openapi.Load(data); err != nil {
			return nil, false
		}
		infos[i] = &load.SpecInfo{Spec: doc}
	}
	d, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), infos[0], infos[1])
	if err != nil {
		return nil, false
	}
	for _, c := range checker.CheckBackwardCompatibilityUntilLevel(checker.NewConfig(checker.GetAllChecks()), d, sources, checker.INFO) {
		out = append(out, fmt.Sprint(levelOf(c.GetLevel()), " ", c.GetId(), " ", c.GetOperation(), " ", c.GetPath()))
	}
	slices.Sort(out)
	return slices.Compact(out), true
}

func ownChanges(t *testing.T, files [2]string) (out []string) {
	var docs [2]*openapi3.T
	for i, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if docs[i], err = openapi.Load(data); err != nil {
			t.Fatal(err)
		}
	}
	changes, err := Options{Strict: true}.Documents(docs[0], docs[1])
	if err != nil {
		return []string{err.Error()}
	}
	for _, c := range changes {
		out = append(out, fmt.Sprint(c.Level, " ", c.ID, " ", c.Method, " ", c.Path))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
