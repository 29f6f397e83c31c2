(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const mib = pages => pages / 256;
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // Largest blocks first: that one lies at the bottom.
  const colors = ['#2d6a9f', '#3a83b0', '#4a9bb8', '#5fb0b3', '#7cc2a4', '#9fcf92', '#c4d77f', '#e3d36b', '#f2c14e', '#f29f4b',
    '#e8744f', '#a8527f'];

  const number = value => value == null ? '' : value.toLocaleString('en', { maximumFractionDigits: 2 });

  function axes(unit) {
    const stroke = css('--soft');
    const grid = { stroke: css('--line'), width: 1 };
    return [
      { stroke, grid, ticks: grid, values: (u, ticks) => ticks.map(number), label: 'steps replayed', labelSize: 26, font: '12px system-ui' },
      { stroke, grid, ticks: grid, values: (u, ticks) => ticks.map(number), label: unit, labelSize: 26, size: 64, font: '12px system-ui' },
    ];
  }

  function size(host) {
    return { width: Math.max(320, host.clientWidth), height: 330 };
  }

  function layers() {
    const shown = data.free.map((pages, order) => ({ label: 'order ' + order + ' (' + blockSize(order) + ')', pages })).reverse();
    if (data.cached.some(pages => pages > 0)) {
      shown.push({ label: 'cached per CPU', pages: data.cached });
    }
    return shown;
  }

  function blockSize(order) {
    return order < 8 ? (4 << order) + ' KiB' : (1 << order - 8) + ' MiB';
  }

  /** Sums of the visible layers from the bottom up; uPlot fills the band between one sum and the next. */
  function stacked(shown, isVisible) {
    const sum = new Array(data.steps.length).fill(0);
    return shown.map((layer, index) => {
      if (isVisible(index)) {
        layer.pages.forEach((pages, at) => { sum[at] += mib(pages); });
      }
      return sum.slice();
    });
  }

  function bands(shown, isVisible) {
    const found = [];
    let below = 0;
    shown.forEach((layer, index) => {
      if (isVisible(index)) {
        if (below > 0) {
          found.push({ series: [index + 1, below] });
        }
        below = index + 1;
      }
    });
    return found;
  }

  function freePlot(host) {
    const shown = layers();
    const plot = new uPlot({
      ...size(host),
      axes: axes('MiB free'),
      scales: { x: { time: false }, y: { range: (u, min, max) => [0, (max || 1) * 1.03] } },
      cursor: { points: { show: false } },
      bands: bands(shown, () => true),
      series: [
        { label: 'step', value: (u, value) => number(value) },
        ...shown.map((layer, index) => ({
          label: layer.label,
          stroke: colors[index], fill: colors[index], width: 0.5, points: { show: false },
          value: (u, value, series, at) => at == null ? '' : number(mib(layer.pages[at])) + ' MiB',
        })),
      ],
      hooks: {
        setSeries: [(u, index, options) => {
          if (options.show == null) {
            return;
          }
          const isVisible = at => u.series[at + 1].show;
          u.delBand(null);
          bands(shown, isVisible).forEach(band => u.addBand(band));
          u.setData([data.steps, ...stacked(shown, isVisible)]);
        }],
      },
    }, [data.steps, ...stacked(shown, () => true)], host);
    return plot;
  }

  function livePlot(host) {
    const accent = css('--accent');
    return new uPlot({
      ...size(host),
      axes: axes('MiB live'),
      scales: { x: { time: false }, y: { range: (u, min, max) => [0, (max || 1) * 1.05] } },
      series: [
        { label: 'step', value: (u, value) => number(value) },
        { label: 'live', stroke: accent, fill: accent + '2e', width: 2, points: { show: false },
          value: (u, value) => value == null ? '' : number(value) + ' MiB' },
      ],
    }, [data.steps, data.live.map(mib)], host);
  }

  const plots = [[document.getElementById('free'), freePlot], [document.getElementById('live'), livePlot]];
  let drawn = [];

  function draw() {
    drawn.forEach(plot => plot.destroy());
    drawn = plots.filter(([host]) => host).map(([host, plot]) => plot(host));
  }

  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  addEventListener('resize', () => drawn.forEach((plot, index) => plot.setSize(size(plots[index][0]))));
})();
