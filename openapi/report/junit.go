package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/spectap/spectap/internal/visible"
)

// The elements of JUnit's reports that CI services read. There is no standard; these names and
// attributes are those of Ant's and Maven's reports.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Failure *junitFailure `xml:"failure"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"` // the same: Jenkins shows the attribute, GitLab the text
	}
)

// testClass returns the class of the test for a finding.
func (r *Report) testClass(f *Finding) string {
	if f.Operation == "" {
		return r.File
	}
	return visible.Line(f.Operation)
}

// testNames returns the names of the tests for the findings. No two tests of a class have the same
// name, because GitLab shows the first of them alone.
func (r *Report) testNames() []string {
	type test struct{ class, name string }
	tests, count := make([]test, len(r.Findings)), map[test]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		tests[i] = test{r.testClass(f), visible.Line(strings.TrimSpace(f.Rule + " " + f.Where))}
		count[tests[i]]++
	}
	names, taken := make([]string, len(tests)), map[test]bool{}
	for i, t := range tests {
		if count[t] > 1 {
			t.name += ": " + visible.Line(r.Findings[i].Message)
		}
		for name, n := t.name, 2; taken[t]; n++ {
			t.name = fmt.Sprintf("%s (%d)", name, n)
		}
		names[i], taken[t] = t.name, true
	}
	return names
}

// writeJUnit writes a test for each finding: errors are failures, others pass and say so. Without a
// finding there is one test, which passes, because services take an empty file for a broken run.
func (r *Report) writeJUnit(w io.Writer) error {
	s := junitSuite{Name: visible.Line(r.Title), Failures: r.count(Error)}
	names := r.testNames()
	for i := range r.Findings {
		f := &r.Findings[i]
		c := junitCase{Class: r.testClass(f), Name: names[i], File: cmp.Or(f.File, r.File)}
		if f.Level == Error {
			c.Failure = &junitFailure{f.Rule, f.text(), f.text()}
		} else {
			c.Out = string(f.Level) + ": " + f.text()
		}
		s.Cases = append(s.Cases, c)
	}
	if len(s.Cases) == 0 {
		s.Cases = []junitCase{{Class: r.File, Name: visible.Line(r.Summary)}}
	}
	s.Tests = len(s.Cases)
	data, err := xml.MarshalIndent(junitSuites{Suite: s}, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append([]byte(xml.Header), append(data, '\n')...))
	return err
}
