package main

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/mcpconfig"
)

// serverArgs returns the flags of a command line that belong to the server, files with absolute
// paths.
func (p *program) serverArgs(cmd *cobra.Command) (args []string, err error) {
	add := func(f *pflag.Flag) {
		if slices.Contains(ownFlags, f.Name) || err != nil {
			return
		}
		var values []string
		if values, err = flagValues(cmd, f); err != nil {
			return
		}
		for _, v := range values {
			args = append(args, "--"+f.Name)
			if f.Value.Type() != "bool" {
				args = append(args, v)
			} else if v == "false" {
				args[len(args)-1] += "=false"
			}
		}
	}
	cmd.Flags().Visit(add)
	// The client need not have the variables that these defaults come from.
	if p.global.db == "" && os.Getenv("XDG_DATA_HOME") != "" {
		p.global.db = p.dbPath()
	}
	for _, name := range []string{"db", "base-url"} {
		if f := cmd.Flags().Lookup(name); f != nil && !f.Changed && f.Value.String() != "" {
			add(f)
		}
	}
	return args, err
}

// flagValues returns the values of a flag as the command line takes them.
func flagValues(cmd *cobra.Command, f *pflag.Flag) ([]string, error) {
	values := []string{f.Value.String()}
	if v, ok := f.Value.(pflag.SliceValue); ok {
		values = slices.Clone(v.GetSlice())
	}
	isMap := f.Value.Type() == "stringToString"
	if isMap {
		pairs, err := cmd.Flags().GetStringToString(f.Name)
		if err != nil {
			return nil, err
		}
		values = nil
		for k, v := range pairs {
			values = append(values, k+"="+v)
		}
		slices.Sort(values)
	}
	kind, _ := pflag.UnquoteUsage(f)
	for i, v := range values {
		if err := withoutSecret("--"+f.Name, v); err != nil {
			return nil, err
		}
		var err error
		switch before, path, named := strings.Cut(v, "="); {
		case kind == "file" || kind == "folder":
			v, err = filepath.Abs(v)
		case strings.HasSuffix(kind, "=FILE") && named:
			path, err = filepath.Abs(path)
			v = before + "=" + path
		}
		if err != nil {
			return nil, fmt.Errorf("--%s %s: %w", f.Name, v, err)
		}
		if f.Value.Type() == "stringSlice" || isMap {
			v = csvField(v)
		}
		values[i] = v
	}
	return values, nil
}

// csvField returns a value as flags with lists take it.
func csvField(s string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write([]string{s}) // to memory: never fails
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// withoutSecret refuses a URL with credentials.
func withoutSecret(what, value string) error {
	u, err := url.Parse(value)
	if err != nil || u.User == nil || u.Host == "" {
		return nil
	}
	return &hint{&misuse{fmt.Errorf("%s %s has credentials, which do not belong into a file", what, egress.WithoutUser(value))},
		"--env with a variable that spectap reads instead (see spectap serve --help)"}
}

// warnVariables names variables that spectap reads, that are set here and that the entry does not
// refer to.
func (p *program) warnVariables(c *mcpconfig.Client, named []string) {
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		reads := slices.Contains([]string{"API_KEY", "BEARER_TOKEN", "BASIC_AUTH"}, name) ||
			strings.HasPrefix(name, "SPECTAP_") && name != "SPECTAP_DB"
		if value != "" && reads && !slices.Contains(named, name) && c.Refers() {
			fmt.Fprintf(p.stderr, "spectap: note: %s is set here; if the server needs it, add --env %s\n", name, name)
		}
	}
}
