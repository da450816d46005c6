package render

import (
	"github.com/openova-io/esotree/internal/eso"
	"github.com/openova-io/esotree/model"
)

// cluster is what the objects of a region's cluster have in common.
type cluster struct {
	// externalSecret, pushSecret and store are the apiVersions of ESO's kinds; generators those of the generators' kinds that are
	// served.
	externalSecret, pushSecret, store string
	generators                        map[string]string
	// merges is set where the release has the creationPolicy CreateOrMerge.
	merges bool
	// defaults are what is filled in, nil where nothing is.
	defaults defaultsByKind
}

func newCluster(region *model.Region, defaults defaultsByKind) *cluster {
	c := &cluster{generators: map[string]string{}, defaults: defaults}
	c.externalSecret, _ = region.ESO.APIVersion(eso.Group, "ExternalSecret")
	c.pushSecret, _ = region.ESO.APIVersion(eso.Group, "PushSecret")
	c.store, _ = region.ESO.APIVersion(eso.Group, "ClusterSecretStore")
	for _, g := range eso.Generators() {
		if version, served := region.ESO.APIVersion(eso.GeneratorGroup, g.Kind); served {
			c.generators[g.Kind] = version
		}
	}
	c.merges = region.ESO.HasEnum("ExternalSecret", "spec.target.creationPolicy", string(createOrMerge))
	return c
}
