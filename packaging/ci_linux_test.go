package packaging_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/test/must"
)

// Documents of the API that the recorded command calls: one that the traffic obeys, one that it
// contradicts.
const (
	obeyed = `openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /things:
    get: {operationId: listThings, responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object}}}}}}}
`
	contradicted = `openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /things:
    get: {operationId: listThings, responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}}
  /other:
    get: {operationId: getOther, responses: {"200": {description: ok}}}
`
)

// project is a folder in which steps of CI run, with the program in its PATH.
type project struct {
	t   *testing.T
	dir string
	env []string
	url string
}

func newProject(t *testing.T) *project {
	t.Helper()
	need(t, "bash", "curl", "git")
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `[{"id":1}]`)
	}))
	t.Cleanup(api.Close)
	p := &project{t: t, dir: t.TempDir(), url: api.URL}
	p.env = append(os.Environ(), "PATH="+filepath.Dir(program(t))+":"+os.Getenv("PATH"), "HOME="+p.dir, "XDG_DATA_HOME="+t.TempDir())
	p.write("openapi.yaml", obeyed)
	p.write("wrong.yaml", contradicted)
	return p
}

func (p *project) write(name, text string) {
	p.t.Helper()
	must.Do(p.t, os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644))
}

func (p *project) read(name string) string {
	p.t.Helper()
	data := must.Get(os.ReadFile(filepath.Join(p.dir, name)))
	return string(data)
}

// run runs a command and returns its output and exit status.
func (p *project) run(env []string, name string, args ...string) (string, int) {
	c := exec.Command(name, args...)
	c.Dir, c.Env = p.dir, append(append([]string{}, p.env...), env...)
	out, _ := c.CombinedOutput()
	return string(out), c.ProcessState.ExitCode()
}

// readYAML decodes the documents of a file.
func readYAML(t *testing.T, file string, into ...any) {
	t.Helper()
	data := readFile(t, file)
	d := yaml.NewDecoder(bytes.NewReader(data))
	for _, v := range into {
		must.Do(t, d.Decode(v))
	}
}

// action is what a runner reads of action.yml.
type action struct {
	Inputs map[string]struct {
		Required bool
		Default  string
	}
	Runs struct {
		Using string
		Steps []struct {
			Name, If, Shell, Run string
			Env                  map[string]string
		}
	}
}

// with runs the steps as a runner does, and returns the output of each until one fails.
func (a *action) with(p *project, inputs map[string]string) (out map[string]string, failed string) {
	p.t.Helper()
	value := func(text string) string {
		return regexp.MustCompile(`\$\{\{ inputs\.([a-z-]+) \}\}`).ReplaceAllStringFunc(text, func(m string) string {
			name := strings.TrimSuffix(strings.TrimPrefix(m, "${{ inputs."), " }}")
			input, ok := a.Inputs[name]
			if !ok {
				p.t.Fatalf("a step uses the input %s, which the action does not have", name)
			}
			if given, ok := inputs[name]; ok {
				return given
			}
			return input.Default
		})
	}
	out = map[string]string{}
	for _, step := range a.Runs.Steps {
		switch {
		case step.If == "inputs.spec != ''":
			if inputs["spec"] == "" {
				continue
			}
		case step.If != "":
			p.t.Fatalf("step %s: this test does not know the condition %q", step.Name, step.If)
		}
		if strings.Contains(step.Run, "${{") {
			p.t.Errorf("step %s has an expression in its script, which could be a command", step.Name)
		}
		script := filepath.Join(p.t.TempDir(), "step.sh")
		must.Do(p.t, os.WriteFile(script, []byte(step.Run), 0o600))
		env := []string{"GITHUB_STEP_SUMMARY=" + filepath.Join(p.dir, "summary.md"), "GITHUB_PATH=" + filepath.Join(p.dir, "path")}
		for name, text := range step.Env {
			env = append(env, name+"="+value(text))
		}
		text, status := p.run(env, "bash", "--noprofile", "--norc", "-eo", "pipefail", script)
		if out[step.Name] = text; status != 0 {
			return out, step.Name
		}
	}
	return out, ""
}

// TestAction runs the steps of action.yml.
func TestAction(t *testing.T) {
	var a action
	readYAML(t, "../action.yml", &a)
	if a.Runs.Using != "composite" || len(a.Runs.Steps) != 4 {
		t.Fatalf("the action has %+v", a.Runs)
	}
	p := newProject(t)
	hostile := `"; touch pwned; echo "`
	for _, tt := range []struct {
		name   string
		inputs map[string]string
		failed string
		want   string // in the output of the step that failed, or of Check
	}{
		{"fine", map[string]string{"spec": "openapi.yaml", "min-coverage": "100"}, "", ""},
		{"no document", nil, "", ""},
		{"wrong", map[string]string{"spec": "wrong.yaml"}, "Check", "::error file=wrong.yaml"},
		{"wrong but tolerated", map[string]string{"spec": "wrong.yaml", "fail-on": "never"}, "", "::error file=wrong.yaml"},
		{"not covered", map[string]string{"spec": "wrong.yaml", "fail-on": "never", "min-coverage": "90"}, "Coverage", "/other"},
		{"failing tests", map[string]string{"command": "false"}, "Record", ""},
		{"hostile name", map[string]string{"spec": hostile}, "Check", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.write("summary.md", "")
			inputs := map[string]string{"command": "curl -fsS " + p.url + "/things | grep id"}
			for k, v := range tt.inputs {
				inputs[k] = v
			}
			out, failed := a.with(p, inputs)
			if failed != tt.failed {
				t.Fatalf("the step %q failed, want %q:\n%v", failed, tt.failed, out)
			}
			step := tt.failed
			if step == "" {
				step = "Check"
			}
			if !strings.Contains(out[step], tt.want) {
				t.Errorf("%s printed %q, want %q", step, out[step], tt.want)
			}
			if tt.failed == "" && !strings.Contains(p.read("captured.yaml"), "/things") {
				t.Error("the document lacks /things")
			}
			if inputs["spec"] != "" && tt.failed != "Record" && inputs["spec"] != hostile && !strings.Contains(p.read("summary.md"), "###") {
				t.Errorf("the summary is %q", p.read("summary.md"))
			}
		})
	}
	if _, err := os.Stat(filepath.Join(p.dir, "pwned")); err == nil {
		t.Error("an input ran a command")
	}
}

// TestActionBuilds runs the first step where the program is not installed.
func TestActionBuilds(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	var a action
	readYAML(t, "../action.yml", &a)
	p := newProject(t)
	temp := t.TempDir()
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "GITHUB_ACTION_PATH=" + clone(t, "action"),
		"RUNNER_TEMP=" + temp, "GITHUB_PATH=" + filepath.Join(p.dir, "path"), "CGO_ENABLED=0",
	}
	if _, err := exec.LookPath("spectap"); err == nil {
		t.Skip("spectap is installed on this machine")
	}
	if out, status := p.run(env, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", a.Runs.Steps[0].Run); status != 0 {
		t.Fatal(out)
	}
	folder := strings.TrimSpace(p.read("path"))
	if out := output(t, exec.Command(filepath.Join(folder, "spectap"), "version")); !strings.HasPrefix(out, "spectap ") {
		t.Errorf("the version is %q", out)
	}
}

// TestGitLab runs the script of the template for GitLab.
func TestGitLab(t *testing.T) {
	var head struct {
		Spec struct {
			Inputs map[string]struct{ Default *string }
		}
	}
	var jobs map[string]struct {
		Variables map[string]string
		Script    []string
		Artifacts struct {
			Reports struct{ Junit []string }
		}
	}
	readYAML(t, "../templates/spectap.yml", &head, &jobs)
	p := newProject(t)
	for _, tt := range []struct {
		name, spec, min string
		status          int
	}{{"fine", "openapi.yaml", "100", 0}, {"wrong", "wrong.yaml", "0", 3}} {
		t.Run(tt.name, func(t *testing.T) {
			given := map[string]string{"command": "curl -fsS " + p.url + "/things", "spec": tt.spec, "min-coverage": tt.min}
			for _, job := range jobs {
				var env []string
				for name, value := range job.Variables {
					for input := range head.Spec.Inputs {
						value = strings.ReplaceAll(value, "$[[ inputs."+input+" ]]", given[input])
					}
					if strings.Contains(value, "[[") {
						t.Errorf("%s uses an input that the template does not have: %s", name, value)
					}
					env = append(env, name+"="+value)
				}
				out, status := p.run(env, "sh", "-ec", strings.Join(job.Script, "\n"))
				if status != tt.status {
					t.Errorf("exit status %d, want %d\n%s", status, tt.status, out)
				}
				for _, report := range job.Artifacts.Reports.Junit {
					var suites struct{ XMLName xml.Name }
					if err := xml.Unmarshal([]byte(p.read(report)), &suites); err != nil || suites.XMLName.Local != "testsuites" {
						t.Errorf("%s: %v, %v", report, suites, err)
					}
				}
			}
		})
	}
}

// TestPreCommit runs the hooks as pre-commit does: the words of the entry, then names of files.
func TestPreCommit(t *testing.T) {
	var hooks []struct{ ID, Entry, Files string }
	readYAML(t, "../.pre-commit-hooks.yaml", &hooks)
	p := newProject(t)
	hook := func(id string, files ...string) (string, int) {
		for _, h := range hooks {
			if h.ID != id {
				continue
			}
			for _, f := range files {
				if !regexp.MustCompile(h.Files).MatchString(f) {
					t.Errorf("%s does not select %s", id, f)
				}
			}
			words := regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(h.Entry, -1)
			var args []string
			for _, w := range words {
				args = append(args, w[1]+w[2])
			}
			return p.run(nil, args[0], append(args[1:], files...)...)
		}
		t.Fatalf("no hook %s", id)
		return "", 0
	}
	p.write("openapi.json", `{"openapi":"3.0.3","info":{"title":"A","version":"1"},"paths":{"/a/{id}":{"get":{"responses":{"200":{"description":"ok"}}}}}}`)
	if out, status := hook("spectap-lint", "openapi.yaml"); status != 0 {
		t.Errorf("lint of a good document: %d\n%s", status, out)
	}
	if out, status := hook("spectap-lint", "openapi.json", "openapi.yaml"); status == 0 || !strings.Contains(out, "openapi.json") {
		t.Errorf("lint of a bad document: %d\n%s", status, out)
	}
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "openapi.yaml"}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "one"},
	} {
		if out, status := p.run(nil, "git", args...); status != 0 {
			t.Fatal(out)
		}
	}
	if out, status := hook("spectap-breaking", "openapi.yaml", "openapi.json"); status != 0 {
		t.Errorf("nothing has changed: %d\n%s", status, out)
	}
	p.write("openapi.yaml", strings.Replace(obeyed, "/things", "/thing", 1))
	if out, status := hook("spectap-breaking", "openapi.json", "openapi.yaml"); status == 0 || !strings.Contains(out, "/things") {
		t.Errorf("a path was removed: %d\n%s", status, out)
	}
}
