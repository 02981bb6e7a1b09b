package spectools

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/router"
)

// task is something to do, in words, with the operations that do it.
type task struct {
	words      string
	operations []string // METHOD path, without names of parameters
}

// searchTasks returns the tasks of a file by corpus.
func searchTasks(t *testing.T, file string) map[string][]task {
	t.Helper()
	data := must(os.ReadFile("testdata/" + file))
	tasks := map[string][]task{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, "\t")
		tasks[cells[0]] = append(tasks[cells[0]], task{cells[1], cells[2:]})
	}
	return tasks
}

// checkTasks requires an operation of each task among the first ones that a search finds.
func checkTasks(t *testing.T, s *Set, tasks []task, most int) {
	t.Helper()
	prefix := "" // of an inferred document, whose paths lack what they have in common
	if len(s.doc.Servers) > 0 {
		_, prefix = router.SplitServer(s.doc.Servers[0].URL)
	}
	shape := func(op *operation) string {
		path := router.TemplateShape(op.Path)
		if slices.ContainsFunc(tasks, func(t task) bool { return slices.Contains(t.operations, op.Method+" "+prefix+path) }) {
			path = prefix + path
		}
		return op.Method + " " + path
	}
	x := newSearchIndex(s.ops)
	first, known := 0, 0
	for _, task := range tasks {
		isDone := func(op *operation) bool { return slices.Contains(task.operations, shape(op)) }
		if !slices.ContainsFunc(s.ops, isDone) {
			continue
		}
		known++
		found, _ := x.find(task.words, func(*operation) bool { return true })
		rank := slices.IndexFunc(found, isDone)
		if rank == 0 {
			first++
		}
		if rank < 0 || rank >= most {
			var got []string
			for _, op := range found[:min(most, len(found))] {
				got = append(got, shape(op))
			}
			t.Errorf("%s: rank %d, after %s", task.words, rank+1, strings.Join(got, ", "))
		}
	}
	t.Logf("%d operations: %d of %d tasks first", len(s.ops), first, known)
	if known < len(tasks)/2 {
		t.Errorf("the document has operations for %d of %d tasks only", known, len(tasks))
	}
}

// TestSearchVendorDocuments does tasks in words with vendors' documents of 60 to 1,945 operations.
func TestSearchVendorDocuments(t *testing.T) {
	for file, most := range map[string]int{"search.txt": 5, "tasks.txt": 3} {
		for name, tasks := range searchTasks(t, file) {
			t.Run(file+"/"+name, func(t *testing.T) {
				checkTasks(t, vendorSet(t, name), tasks, most)
			})
		}
	}
}

// TestSearchInferredDocuments does the same tasks with documents that were inferred from traffic.
func TestSearchInferredDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, tasks := range searchTasks(t, "search.txt") {
		t.Run(name, func(t *testing.T) {
			m := infer.New()
			for _, f := range corpustest.Flows(t, name) {
				m.Add(&f)
			}
			doc := must(build.Document(m.Document(infer.Options{Hosts: m.Authorities()}), build.Options{}))
			s := must(FromDocument(doc, Options{BaseURL: "http://127.0.0.1:1"}))
			checkTasks(t, s, tasks, 5)
		})
	}
}
