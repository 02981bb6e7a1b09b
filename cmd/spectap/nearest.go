package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/store"
)

// What follows finds what a mistyped command, flag, host, operation or file was meant to be.

// unknownCommand is the error of a subcommand that does not exist.
type unknownCommand struct {
	name string
	list string // of the commands that exist, or ""
}

func (u *unknownCommand) Error() string { return fmt.Sprintf("unknown command %q%s", u.name, u.list) }

// knownCommand refuses an unknown subcommand and suggests a similar one, with what follows it.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	meant := meantCommand(cmd, args[0])
	if swapped := swappedCommand(cmd, args); swapped != nil {
		meant, args = swapped, append([]string{args[0]}, args[2:]...)
	}
	err := &misuse{&unknownCommand{name: args[0]}}
	if meant == nil {
		if try := meantFileCommand(args[0], args[1:]); try != "" && !cmd.HasParent() {
			return &hint{err, try}
		}
		err = &misuse{&unknownCommand{args[0], commandList(cmd)}}
		return &hint{err, cmd.CommandPath() + " --help"}
	}
	return &hint{err, strings.TrimSpace(meant.CommandPath() + " " + quoteArgs(args[1:]))}
}

// swappedCommand returns the subcommand of a line such as ls flows, or nil.
func swappedCommand(cmd *cobra.Command, args []string) *cobra.Command {
	if len(args) < 2 {
		return nil
	}
	for _, c := range cmd.Commands() {
		if c.Name() != args[1] || !c.HasSubCommands() {
			continue
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() && (sub.Name() == args[0] || slices.Contains(commandWords[args[0]], sub.Name())) {
				return sub
			}
		}
	}
	return nil
}

// meantCommand returns the subcommand that a name was meant to be: a similar one, or one that does
// what the word says in other programs (SuggestFor).
func meantCommand(cmd *cobra.Command, name string) *cobra.Command {
	var names []string
	by := map[string]*cobra.Command{}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
			by[c.Name()] = c
		}
		for _, word := range c.SuggestFor {
			if strings.EqualFold(word, name) {
				return c
			}
		}
	}
	if c := wordCommand(by, name); c != nil {
		return c
	}
	return by[spelling.Nearest(name, names)]
}

// otherWords are names that flags have in other programs.
var otherWords = map[string][]string{
	"output": {"out"}, "file": {"out"}, "port": {"listen", "http"}, "p": {"listen", "http"}, "address": {"listen", "http"}, "addr": {"listen", "http"}, "database": {"db"}, "store": {"db"},
	"upstream": {"upstream-proxy"}, "url": {"base-url"}, "server": {"base-url"}, "spec": {"openapi"}, "n": {"limit", "lines"}, "verbose": {"log-level"}, "debug": {"log-level"},
	"quiet": {"log-level"}, "last": {"limit"}, "ignore": {"exclude"}, "scope": {"include"}, "only": {"include"},
	"method": {"set"}, "header": {"set", "upstream-header"}, "query": {"set"}, "data": {"body"}, "fail-on": {"min"}, "fail-under": {"min"}, "threshold": {"min"},
	"cacert": {"upstream-ca"}, "trust": {"upstream-ca"}, "k": {"insecure-upstream"}, "insecure": {"insecure-upstream"},
}

// flagError completes an error of parsing flags.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		dashes := "--"
		if len(name) == 1 {
			dashes = "-"
		}
		err := &misuse{fmt.Errorf("unknown flag: %s%s", dashes, name)}
		if number := cmp.Or(unknown.GetSpecifiedShortnames(), name); numeral(number) {
			return &hint{&misuse{fmt.Errorf("unknown flag: -%s", number)}, meantNumber(cmd, number)}
		}
		if cmd.HasParent() && cmd.Parent().Name() == "flows" && isField(name) {
			return &hint{err, cmd.CommandPath() + " " + name + ":VALUE"}
		}
		if try := meantElsewhere(cmd, name); try != "" {
			return &hint{err, try}
		}
		if meant := meantFlag(cmd, name); meant != "" {
			if meant == "set" {
				meant += " " + name + map[bool]string{true: "=VALUE", false: ".NAME=VALUE"}[name == "method"]
			}
			if slices.Contains([]string{"listen", "http"}, meant) {
				meant += " 127.0.0.1:8080" // what takes a port elsewhere takes an address here
			}
			return &hint{err, cmd.CommandPath() + " --" + meant}
		}
		return usagef(cmd, "%w", err)
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		must := ""
		switch f.Value.Type() {
		case "int", "int64", "uint", "uint16":
			must = "a whole number"
			if value, ok := strings.CutSuffix(invalid.GetValue(), "%"); ok && numeral(value) {
				return &hint{&misuse{fmt.Errorf("--%s %q: must be %s", f.Name, invalid.GetValue(), must)}, "--" + f.Name + " " + value}
			}
		case "float64":
			must = "a number"
		case "bool":
			must = "true or false"
		case "duration":
			must = "a time such as 30s, 5m or 2h"
		default:
			return usagef(cmd, "--%s %q: %w", f.Name, invalid.GetValue(), errors.Unwrap(err))
		}
		return usagef(cmd, "--%s %q: must be %s", f.Name, invalid.GetValue(), must)
	}
	return usagef(cmd, "%w", err)
}

// isField reports whether filters have a field of this name.
func isField(name string) bool {
	return slices.ContainsFunc(filter.Fields(), func(f filter.Field) bool { return f.Name == name })
}

// meantFlag returns the flag that a name was meant to be, or "".
func meantFlag(cmd *cobra.Command, name string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	word := name
	if otherWords[word] == nil {
		word = spelling.Nearest(name, slices.Sorted(maps.Keys(otherWords)))
	}
	near := spelling.Nearest(name, names)
	plain := func(s string) string { return strings.ReplaceAll(s, "-", "") }
	if cmd.InheritedFlags().Lookup(near) != nil && plain(name) != plain(near) && !spelling.IsNear(plain(name), plain(near)) {
		near = "" // --format of a command that has none does not mean --log-format
	}
	if near != "" && word != name {
		return near
	}
	for _, other := range otherWords[word] {
		if cmd.Flags().Lookup(other) != nil {
			return other
		}
	}
	return near
}

// schemeText matches what precedes the host of a URL, also if it is mistyped.
var schemeText = lazyregexp.New(`^([A-Za-z0-9+.-]*)(?::/+|//+)`)

// meantOrigin returns the http or https URL that a text was meant to be: one without a scheme, with
// another scheme or with a mistyped one. Other machines are reached with https.
func meantOrigin(text string) string {
	m := schemeText.Get().FindStringSubmatch(text)
	scheme, rest := "", text
	if m != nil {
		scheme, rest = strings.ToLower(m[1]), text[len(m[0]):]
	}
	u, err := url.Parse("https://" + rest)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(u.Host, "{}<> ") {
		return "https://HOST"
	}
	switch {
	case scheme == "http" || scheme == "https":
		u.Scheme = scheme
	case isLoopback(u.Hostname()):
		u.Scheme = "http"
	}
	return u.String()
}

// meantHost returns the host of a list that is not empty that a name was meant to be, else the
// first.
func meantHost(want string, hosts []string) string {
	return cmp.Or(similarHost(want, hosts), hosts[0])
}

// similarHost returns the host of a list that is spelt nearly so, with or without its port, or "".
func similarHost(want string, hosts []string) string {
	if u, err := url.Parse(want); err == nil && u.Host != "" {
		want = u.Host
	}
	for _, h := range hosts {
		if catalog.IsHost(h, want) {
			return h
		}
	}
	if near := spelling.Nearest(want, hosts); near != "" {
		return near
	}
	name, _, _ := strings.Cut(want, ":")
	names := make([]string, len(hosts)) // without ports
	for i, h := range hosts {
		names[i], _, _ = strings.Cut(h, ":")
	}
	if i := slices.Index(names, spelling.Nearest(name, names)); i >= 0 {
		return hosts[i]
	}
	return ""
}

// missingFile says what to type when a file does not exist: the similar one in its folder, or the
// list of the folder.
func missingFile(path string) string {
	if isURL(path) {
		return "curl -fLo api.yaml " + quoteArg(path) + "   # and then the name of the file: only spectap serve reads URLs"
	}
	if name, ok := strings.CutPrefix(path, "file://"); ok {
		return quoteArg(name) + "   # the name of the file, without file://"
	}
	dir := filepath.Dir(path)
	names, err := fileNames(dir)
	if err != nil {
		return "ls -d " + quoteArg(dir)
	}
	if near := nearFile(filepath.Base(path), names); near != "" {
		return quoteArg(filepath.Join(dir, near))
	}
	return "ls " + quoteArg(dir) + "   # shows which files there are"
}

// mistakeLine matches the line of a mistake of syntax in YAML or JSON.
var mistakeLine = lazyregexp.New(`\bline (\d+)(?: or below)?: `)

// mistakeLines returns the command that shows the lines of a file around a mistake of syntax, or
// "". An unknown key is not such a mistake.
func mistakeLines(path string, err error) string {
	m := mistakeLine.Get().FindStringSubmatch(err.Error())
	if m == nil || strings.Contains(err.Error(), "there is no key") {
		return ""
	}
	line, _ := strconv.Atoi(m[1])
	return fmt.Sprintf("sed -n %d,%dp %s   # the lines around the mistake", max(1, line-2), line+4, quoteArg(path))
}

// fileNames returns the names of at most 1,000 files of a folder.
func fileNames(dir string) (names []string, err error) {
	all, err := os.ReadDir(dir)
	for i, f := range all {
		if i < 1000 && !f.IsDir() {
			names = append(names, f.Name())
		}
	}
	return names, err
}

// namedFile adds a hint to the error of reading a file that a person named.
func namedFile(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &hint{err, missingFile(path)}
	}
	return err
}

// meantStore returns the hint for a command line with a store among its arguments, which a flag
// names, or "".
func meantStore(cmd *cobra.Command, args []string) string {
	for i, arg := range slices.Backward(args) {
		if _, err := os.Stat(arg); err == nil && isStore(arg) {
			others := slices.Delete(slices.Clone(args), i, i+1)
			return strings.TrimSpace(cmd.CommandPath()+" "+quoteArgs(others)) + " --db " + quoteArg(arg)
		}
	}
	return ""
}

// isStore reports whether a file is a store.
func isStore(path string) bool {
	db, err := store.Open(path, store.Options{ReadOnly: true, Timeout: -1})
	if err == nil {
		db.Close()
		return true
	}
	return errors.Is(err, store.ErrLocked) || errors.Is(err, store.ErrVersion) || errors.Is(err, store.ErrOldVersion)
}

// quoteArgs quotes a command line for a shell.
func quoteArgs(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = quoteArg(a)
	}
	return strings.Join(out, " ")
}

// nearFile returns the file that a name was meant to be, or "": one with another ending, or one
// that is nearly called so. Of short names nearly every other one is that.
func nearFile(name string, known []string) string {
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	return spelling.Nearest(name, slices.DeleteFunc(known, func(k string) bool {
		other := strings.TrimSuffix(k, filepath.Ext(k))
		return !strings.EqualFold(other, stem) && min(len(stem), len(other)) < 3
	}))
}
