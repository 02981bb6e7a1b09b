//go:build unix

package serialize

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestFilesOfForms sends the largest file that a form may name, with the last part of its path as
// its name, and does not wait for the writer of a named pipe.
func TestFilesOfForms(t *testing.T) {
	dir := t.TempDir()
	must.Do(t, os.MkdirAll(filepath.Join(dir, "sub"), 0o700))
	largest := must.Get(os.Create(filepath.Join(dir, "sub", "largest")))
	defer largest.Close()
	if err := largest.Truncate(MaxSize); err != nil { // a hole, which takes no room
		t.Fatal(err)
	}
	must.Do(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	files := must.Get(os.OpenRoot(dir))
	defer files.Close()
	o := withBody(t, "multipart/form-data", filesSchema, nil)
	o.Files = files
	c, problem := o.Request(objectOf(t, `{"requestBody":{"f":{"path":"sub/largest"}}}`))
	if problem != nil || len(c.Body) < MaxSize || !strings.Contains(string(c.Body[:500]), `name="f"; filename="largest"`) {
		t.Errorf("the largest file: %v, %d bytes", problem, len(c.Body))
	}
	_, problem = o.Request(objectOf(t, `{"requestBody":{"f":{"path":"pipe"}}}`))
	if problem == nil || !strings.Contains(problem.Reason, "names something that is not a file") {
		t.Errorf("a pipe: %v", problem)
	}
}
