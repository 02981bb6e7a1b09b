package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adrg/xdg"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/capture"
)

// TestMain makes the test binary run as the program when it is called spectap, so that scripts can
// run it, and as the command that a transparent run starts by the path of its file.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == capture.InsideCommand {
		main()
	}
	time.Local = time.UTC
	cli.WatchInterval = 100 * time.Millisecond
	cli.ReadGrace = 200 * time.Millisecond
	if filepath.Base(os.Args[0]) == "spectap" {
		main()
	}
	testscript.Main(apart{m}, map[string]func(){"exampleapi": serveExampleAPI, "examplesuite": runExampleSuite, "bareproxy": serveBareProxy,
		"getdirectly": getDirectly})
}

// getDirectly is a program without proxy support: it prints the response of a URL.
func getDirectly() {
	client := http.Client{Transport: &http.Transport{}}
	resp, err := client.Get(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	io.Copy(os.Stdout, resp.Body)
}

// apart runs tests with folders of their own instead of those of the developer: tests that name no
// store or CA use the default ones.
type apart struct{ m *testing.M }

func (a apart) Run() int {
	dir := must(os.MkdirTemp("", "spectap-tests"))
	defer os.RemoveAll(dir)
	for _, kind := range []string{"DATA", "STATE", "CACHE", "CONFIG"} {
		os.Setenv("XDG_"+kind+"_HOME", filepath.Join(dir, kind))
	}
	xdg.Reload()
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(dir, "spectap"))
	}
	if err != nil {
		panic(err)
	}
	os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return a.m.Run()
}

// setDataHome makes a folder that of data until the test ends, for this process and those that it
// starts.
func setDataHome(t *testing.T, dir string) {
	t.Helper()
	setFolder(t, "XDG_DATA_HOME", dir)
}

// setFolder does the same with the folder of a variable. "" makes it the default one.
func setFolder(t *testing.T, variable, dir string) {
	t.Helper()
	t.Cleanup(xdg.Reload) // after the variable has its old value
	t.Setenv(variable, dir)
	xdg.Reload()
}

// helpOfDefaults makes help name the default folders. The test must not use them.
func helpOfDefaults(t *testing.T) {
	t.Helper()
	for _, variable := range []string{"XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"} {
		setFolder(t, variable, "")
	}
}

// TestScript runs the scripts in testdata/script. The first word of a file name is the subcommand.
// "spectap" runs a command line in this process, with "<FILE" as its first argument that file as stdin,
// and "exec spectap" in one of its own, which takes longer: for what runs in the background or is
// about the process. "shop" makes the folder of a finished demo.
func TestScript(t *testing.T) {
	s := scripts{folder: filepath.Join(t.TempDir(), "shop")}
	folder := must(filepath.Abs("testdata/script"))
	path := os.Getenv("PATH")
	testscript.Run(t, testscript.Params{
		Dir:                 folder,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"spectap": s.spectap, "shop": s.shop},
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", path)
			// The data and home folders are those of the script, not of the developer.
			e.Setenv("XDG_DATA_HOME", e.WorkDir+"/data")
			e.Setenv("HOME", e.WorkDir)
			names := slices.Clone(scriptVars)
			for _, v := range e.Vars {
				name, _, _ := strings.Cut(v, "=")
				names = append(names, name)
			}
			e.Values["names"] = names
			return nil
		},
	})
}

// scriptVars are variables that scripts set, besides those that all have. An empty one is not set.
var scriptVars = []string{"SPECTAP_AUTH_A_B", "SPECTAP_CONFIG", "SPECTAP_HOST", "SPECTAP_PORT", "SPECTAP_PROXY_AUTH", "XDG_STATE_HOME"}

// scripts runs command lines of scripts. Variables and the working folder are those of the process,
// so that one runs at a time.
type scripts struct {
	sync.Mutex
	folder string // of the demo
	demo   bool   // it ran
}

func (s *scripts) spectap(ts *testscript.TestScript, fails bool, args []string) {
	s.Lock()
	defer s.Unlock()
	stdin := ""
	if file, ok := strings.CutPrefix(args[0], "<"); ok {
		stdin, args = ts.ReadFile(file), args[1:]
	}
	defer s.enter(ts)()
	if code := run(context.Background(), args, strings.NewReader(stdin), ts.Stdout(), ts.Stderr()); (code != 0) != fails {
		ts.Fatalf("unexpected status %d", code)
	}
}

// shop copies the folder of a demo, which runs once.
func (s *scripts) shop(ts *testscript.TestScript, _ bool, _ []string) {
	s.Lock()
	defer s.Unlock()
	if !s.demo {
		leave := s.enter(ts)
		code := run(context.Background(), []string{"demo", "--dir", s.folder}, strings.NewReader(""), io.Discard, ts.Stderr())
		leave()
		if code != 0 {
			ts.Fatalf("status %d", code)
		}
		s.demo = true
	}
	ts.Check(os.CopyFS(ts.MkAbs("shop"), os.DirFS(s.folder)))
}

// enter gives this process the variables and the folder of a script. leave takes them back.
func (s *scripts) enter(ts *testscript.TestScript) (leave func()) {
	before := os.Environ()
	folder, err := os.Getwd()
	ts.Check(err)
	set := func(all []string) { // PATH stays set: scripts that begin meanwhile read it
		kept := map[string]bool{}
		for _, v := range all {
			name, value, _ := strings.Cut(v, "=")
			os.Setenv(name, value)
			kept[name] = true
		}
		for _, v := range os.Environ() {
			if name, _, _ := strings.Cut(v, "="); !kept[name] {
				os.Unsetenv(name)
			}
		}
		xdg.Reload()
	}
	var vars []string
	for _, name := range ts.Value("names").([]string) {
		if v := ts.Getenv(name); v != "" {
			vars = append(vars, name+"="+v)
		}
	}
	set(vars)
	ts.Check(os.Chdir(ts.MkAbs(".")))
	return func() {
		os.Chdir(folder)
		set(before)
	}
}

// run runs a command line in a process that has others to run, and returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := cli.New(stdin, stdout, stderr)
	return p.Run(ctx, newRootCmd(p), args)
}
