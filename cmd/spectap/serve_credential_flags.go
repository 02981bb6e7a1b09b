package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// generalFlags are credentials on the command line, for users of programs that have such flags.
// They take precedence over the variables.
type generalFlags struct{ apiKey, bearerToken, basicAuth string }

func (f *generalFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.apiKey, "api-key", "", "like the variable API_KEY, but other users of this machine can see the `value`")
	fl.StringVar(&f.bearerToken, "bearer-token", "",
		"like the variable BEARER_TOKEN, but other users of this machine can see the `value`")
	fl.StringVar(&f.basicAuth, "basic-auth", "",
		"like the variable BASIC_AUTH, but other users of this machine can see the `user:password`")
}

// all describes the flags: name of the variable, name of the flag, value.
func (f *generalFlags) all() [][3]string {
	return [][3]string{
		{"API_KEY", "--api-key", f.apiKey},
		{"BEARER_TOKEN", "--bearer-token", f.bearerToken},
		{"BASIC_AUTH", "--basic-auth", f.basicAuth},
	}
}

func (f *generalFlags) isSet() bool { return *f != generalFlags{} }

// getenv returns the value of a flag that stands for a variable, else that of the variable.
func (f *generalFlags) getenv(name string) string {
	for _, x := range f.all() {
		if x[0] == name && x[2] != "" {
			return x[2]
		}
	}
	return os.Getenv(name)
}

// warn names the flags that are set, and the safer way.
func (f *generalFlags) warn(w io.Writer) {
	for _, x := range f.all() {
		if x[2] != "" {
			fmt.Fprintf(w, "spectap: warning: every user of this machine can see %s in the list of processes; "+
				"set %s instead\n", x[1], x[0])
		}
	}
}
