package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/adrg/xdg"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/spectap/spectap/internal/cli"
	"github.com/spectap/spectap/internal/cli/capture"
	"github.com/spectap/spectap/internal/cli/document"
)

// TestMain makes the test binary run as the program when it is called spectap, so that scripts can
// run it, and as the relay that a run starts by the path of its file.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == capture.RelayCommand || os.Args[1] == capture.InsideCommand) {
		main()
	}
	cli.FollowPoll = 400 * time.Millisecond // longer than a lease holds the store that it looks at
	document.WatchRest, document.WatchShare, cli.WatchInterval = 50*time.Millisecond, 1, 100*time.Millisecond
	cli.ReadGrace = 200 * time.Millisecond
	testscript.Main(apart{m}, map[string]func(){"spectap": main, "exampleapi": serveExampleAPI, "examplesuite": runExampleSuite, "bareproxy": serveBareProxy, "getdirectly": getDirectly})
}

// apart runs tests with folders of their own instead of those of the developer: tests that name no
// store or CA use the default ones.
type apart struct{ m *testing.M }

func (a apart) Run() int {
	dir, err := os.MkdirTemp("", "spectap-tests")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	for _, kind := range []string{"DATA", "STATE", "CACHE", "CONFIG"} {
		os.Setenv("XDG_"+kind+"_HOME", filepath.Join(dir, kind))
	}
	xdg.Reload()
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
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			// The data and home folders are those of the script, not of the developer.
			e.Setenv("XDG_DATA_HOME", e.WorkDir+"/data")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
	})
}

// run runs a command line in a process that has others to run, and returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := cli.New(stdin, stdout, stderr)
	return p.Run(ctx, newRootCmd(p), args)
}
