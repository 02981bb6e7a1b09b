package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary run as the program when it is called spectap, so that scripts can
// run it, and as the relay that a run starts by the path of its file.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == relayCommand {
		main()
	}
	testscript.Main(m, map[string]func(){"spectap": main, "exampleapi": serveExampleAPI, "examplesuite": runExampleSuite, "bareproxy": serveBareProxy})
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
