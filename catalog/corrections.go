package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/infer"
)

// correctionsFile is the file that corrects the inference:
//
//	segments:
//	  - path: /users/me          # a literal
//	    parameter: false
//	  - path: /shops/{shop}      # a parameter, with this name
//	    parameter: true
//	    name: shop_id
//	leave-out:
//	  - /internal/**
//	hosts:
//	  uploads.example.com: api.example.com   # part of that API
type correctionsFile struct {
	Segments []struct {
		Path      string `yaml:"path"`
		Parameter *bool  `yaml:"parameter"`
		Name      string `yaml:"name"`
	} `yaml:"segments"`
	LeaveOut []string          `yaml:"leave-out"`
	Hosts    map[string]string `yaml:"hosts"`
}

// ParseCorrections reads a corrections file, as docs/overrides.md describes it. Unknown keys are
// errors.
func ParseCorrections(data []byte) (infer.Corrections, error) {
	var f correctionsFile
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return infer.Corrections{}, plainYAMLError(err)
	}
	c := infer.Corrections{LeaveOut: f.LeaveOut, Hosts: f.Hosts}
	for i, s := range f.Segments {
		switch {
		case !strings.HasPrefix(s.Path, "/") || len(s.Path) < 2:
			return infer.Corrections{}, fmt.Errorf("segments, entry %d: path %q must begin with / and have a segment",
				i+1, s.Path)
		case s.Parameter == nil && s.Name == "":
			return infer.Corrections{}, fmt.Errorf("segments, entry %d: %s has neither parameter nor name", i+1, s.Path)
		case s.Parameter != nil && !*s.Parameter && s.Name != "":
			return infer.Corrections{}, fmt.Errorf("segments, entry %d: %s has parameter: false and a name; "+
				"only parameters have names", i+1, s.Path)
		}
		c.Segments = append(c.Segments, infer.SegmentCorrection{Path: s.Path, Parameter: s.Parameter, Name: s.Name})
	}
	for _, pattern := range f.LeaveOut {
		if !strings.HasPrefix(pattern, "/") {
			return infer.Corrections{}, fmt.Errorf("leave-out: %q must begin with /", pattern)
		}
	}
	return c, nil
}

// plainYAMLError returns the message of the library in one line, without its Go types.
func plainYAMLError(err error) error {
	s := strings.TrimPrefix(strings.Join(strings.Fields(err.Error()), " "), "yaml: ")
	return errors.New(strings.ReplaceAll(s, " in type catalog.correctionsFile", ""))
}
