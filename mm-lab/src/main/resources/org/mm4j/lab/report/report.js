(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const mib = pages => pages / 256;
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // By order, from warm for small blocks to cold for large ones.
  const colors = ['#e8744f', '#f29f4b', '#f2c14e', '#e3d36b', '#c4d77f', '#9fcf92', '#7cc2a4', '#5fb0b3', '#4a9bb8', '#3a83b0',
    '#2d6a9f'];
  const cachedColor = '#a8527f';

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

  function layers(orders) {
    const shown = data.free.slice(0, orders)
      .map((pages, order) => ({ label: 'order ' + order + ' (' + blockSize(order) + ')', pages, color: colors[order] }))
      .reverse();
    if (data.cached.some(pages => pages > 0)) {
      shown.push({ label: 'cached per CPU', pages: data.cached, color: cachedColor });
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

  /** Stacks the free memory of the first so many orders. */
  function freePlot(host, orders) {
    const shown = layers(orders);
    const plot = new uPlot({
      ...size(host),
      axes: axes('MiB free'),
      scales: { x: { time: false }, y: { range: (u, min, max) => [0, (max || 1) * 1.03] } },
      cursor: { points: { show: false } },
      bands: bands(shown, () => true),
      series: [
        { label: 'step', value: (u, value) => number(value) },
        ...shown.map(layer => ({
          label: layer.label,
          stroke: layer.color, fill: layer.color, width: 0.5, points: { show: false },
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
    const layers = [['as pages', data.live, css('--accent')], ['behind objects', data.kept, cachedColor]];
    const sum = data.steps.map(() => 0);
    const stacked = layers.map(([, pages]) => pages.map((count, at) => (sum[at] += mib(count))));
    return new uPlot({
      ...size(host),
      axes: axes('MiB in use'),
      scales: { x: { time: false }, y: { range: (u, min, max) => [0, (max || 1) * 1.05] } },
      bands: [{ series: [2, 1] }],
      series: [
        { label: 'step', value: (u, value) => number(value) },
        ...layers.map(([label, pages, color]) => ({
          label, stroke: color, fill: color + '40', width: 2, points: { show: false },
          value: (u, value, series, at) => at == null ? '' : number(mib(pages[at])) + ' MiB',
        })),
      ],
    }, [data.steps, ...stacked], host);
  }

  const plots = [
    ['free', host => freePlot(host, data.free.length)],
    ['small', host => freePlot(host, data.free.length - 1)],
    ['live', livePlot],
  ].map(([id, plot]) => [document.getElementById(id), plot]);
  let drawn = [];

  function draw() {
    drawn.forEach(plot => plot.destroy());
    drawn = plots.map(([host, plot]) => plot(host));
  }

  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  addEventListener('resize', () => drawn.forEach((plot, index) => plot.setSize(size(plots[index][0]))));
})();
